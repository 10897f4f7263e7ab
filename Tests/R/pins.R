# What pins for R 1.4 does to a folder: the same calls of the same packages (yaml, digest, jsonlite,
# rlang) in the same order, without the package itself, which is not in Debian. A test sets `clock`,
# which stands for Sys.time().

clock <- NULL

files_of <- function(meta, dir) file.path(dir, meta$file)

folders <- function(path) {
  found <- list.dirs(path, full.names = FALSE, recursive = FALSE)
  sort(found[!startsWith(found, ".")], method = "radix")
}

pin_hash <- function(paths) {
  hashes <- vapply(paths, function(path) digest::digest(file = path, algo = "xxhash64"), "")
  if (length(paths) == 1) unname(hashes) else rlang::hash(unname(hashes))
}

pin_list <- function(board) folders(board)

pin_versions <- function(board, name) folders(file.path(board, name))

pin_meta <- function(board, name, version = NULL) {
  if (is.null(version)) version <- tail(pin_versions(board, name), 1)
  dir <- file.path(board, name, version)
  meta <- yaml::read_yaml(file.path(dir, "data.txt"), eval.expr = FALSE)
  if (is.null(meta$api_version) || meta$api_version != 1) stop("api_version: ", meta$api_version)
  meta$created_time <- as.POSIXct(strptime(meta$created, "%Y%m%dT%H%M%S", tz = "UTC"))
  meta$local <- list(dir = dir, version = version)
  meta
}

pin_download <- function(board, name, version = NULL, hash = NULL) {
  meta <- pin_meta(board, name, version)
  paths <- files_of(meta, meta$local$dir)
  if (!is.null(hash) && substr(pin_hash(paths), 1, nchar(hash)) != hash) stop("another hash")
  paths
}

pin_read <- function(board, name, version = NULL, type = NULL) {
  meta <- pin_meta(board, name, version)
  if (is.null(type)) type <- meta$type[1]
  path <- files_of(meta, meta$local$dir)
  path <- path[tools::file_ext(path) == type][1]
  switch(type,
    csv = utils::read.csv(path),
    json = jsonlite::read_json(path, simplifyVector = TRUE),
    rds = readRDS(path),
    stop("no reader for ", type)
  )
}

store <- function(board, name, paths, meta) {
  version <- paste0(meta$created, "-", substr(meta$pin_hash, 1, 5))
  dir <- file.path(board, name, version)
  dir.create(dir, recursive = TRUE)
  yaml::write_yaml(meta, file.path(dir, "data.txt"))
  stopifnot(file.copy(paths, dir, overwrite = TRUE))
  Sys.chmod(file.path(dir, basename(paths)), "0444")
  version
}

standard_meta <- function(paths, type, title, description, tags, urls, metadata) {
  meta <- list(
    file = basename(paths),
    file_size = as.integer(file.size(paths)),
    pin_hash = pin_hash(paths),
    type = type,
    title = title,
    description = description,
    tags = if (is.null(tags)) tags else as.list(tags),
    urls = if (is.null(urls)) urls else as.list(urls),
    created = format(clock, "%Y%m%dT%H%M%SZ", tz = "UTC"),
    api_version = 1L
  )
  meta$user <- metadata
  meta
}

pin_write <- function(
    board, x, name, type, title, description = NULL, metadata = NULL, tags = NULL, urls = NULL) {
  paths <- file.path(tempdir(), paste0(name, ".", type))
  for (i in seq_along(type)) {
    switch(type[i],
      rds = saveRDS(x, paths[i], version = 2),
      json = jsonlite::write_json(x, paths[i], auto_unbox = TRUE),
      csv = utils::write.csv(x, paths[i], row.names = FALSE)
    )
  }
  on.exit(unlink(paths))
  store(board, name, paths, standard_meta(paths, type, title, description, tags, urls, metadata))
}

pin_upload <- function(board, paths, name, title, description = NULL) {
  store(board, name, paths, standard_meta(paths, "file", title, description, NULL, NULL, NULL))
}

write_board_manifest <- function(board) {
  names <- pin_list(board)
  manifest <- lapply(names, function(name) as.list(paste0(name, "/", pin_versions(board, name), "/")))
  names(manifest) <- names
  yaml::write_yaml(manifest, file.path(board, "_pins.yaml"))
}
