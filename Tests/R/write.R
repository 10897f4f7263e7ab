# Writes a board as pins for R does, and prints its versions as JSON, in the order of writing.
#   Rscript write.R BOARD FOLDER [again]     FOLDER: where files are made; again: one more version
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(here, "pins.R"))
options(warn = 2)
arguments <- commandArgs(trailingOnly = TRUE)
board <- arguments[1]

if (identical(arguments[3], "again")) {
  clock <- as.POSIXct(2000000000, origin = "1970-01-01", tz = "UTC")
  cat(pin_write(board, mtcars[1:3, ], "cars", "csv", "cars: a pinned 3 x 11 data frame"))
  quit()
}

written <- list()
add <- function(name, version) {
  written[[length(written) + 1]] <<- list(name = name, version = version)
}
start <- as.POSIXct(1600000000, origin = "1970-01-01", tz = "UTC")
for (step in 1:3) {
  clock <- start + step
  add("cars", pin_write(
    board, mtcars[seq_len(10 * step), ], "cars", "csv", "cars: a pinned data frame",
    description = if (step == 3) "D \u00e9: \"q\"" else NULL,
    tags = if (step > 1) c("a", "yes"), urls = if (step > 1) "https://posit.co/",
    metadata = list(
      a = 1L, b = list(c = 1:2), d = 1.5, e = TRUE, f = "x: y", n = "n", y = "yes", null = NULL,
      date = "2020-01-01", digits = "0123", words = c("one", "two\nlines"), big = 1e10, none = NA)))
}
clock <- start + 10
add("list", pin_write(
  board, list(a = 1:3, b = "x", c = list(d = TRUE)), "list", "json", "list: a pinned list"))
add("object", pin_write(
  board, mtcars, "object", "rds", "object: a pinned 32 x 11 data frame"))
add("both", pin_write(
  board, mtcars, "both", c("rds", "csv"), "both: a pinned 32 x 11 data frame"))
paths <- file.path(arguments[2], c("one.txt", "two.txt"))
writeLines("a", paths[1])
writeLines("b", paths[2])
add("files", pin_upload(board, paths, "files", "files: 2 pinned files"))
add("y", pin_upload(board, paths[1], "y", "y: a pinned .txt file"))
write_board_manifest(board)
cat(jsonlite::toJSON(written, auto_unbox = TRUE))
