# Prints what R finds on a board, as JSON: for each pin and version the metadata, the hash that its
# files have, the digest of each file, and for types that R reads the value.
#   Rscript read.R BOARD
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(here, "pins.R"))
options(warn = 2)
board <- commandArgs(trailingOnly = TRUE)[1]

version <- function(name, version) {
  meta <- pin_meta(board, name, version)
  paths <- pin_download(board, name, version)
  hashes <- vapply(paths, function(path) digest::digest(file = path, algo = "xxhash64"), "")
  readable <- intersect(meta$type, c("csv", "json", "rds"))
  list(
    version = version,
    meta = meta[setdiff(names(meta), c("local", "created_time"))],
    created = format(meta$created_time, "%Y-%m-%dT%H:%M:%SZ", tz = "UTC"),
    hash = pin_hash(paths),
    hashes = I(unname(hashes)),
    sha256 = I(unname(vapply(
      paths, function(path) digest::digest(file = path, algo = "sha256"), ""))),
    values = lapply(
      setNames(nm = readable), function(type) pin_read(board, name, version, type = type))
  )
}

found <- lapply(setNames(nm = pin_list(board)), function(name) {
  lapply(pin_versions(board, name), function(one) version(name, one))
})
cat(jsonlite::toJSON(found, auto_unbox = TRUE, null = "null", na = "null", digits = NA))
