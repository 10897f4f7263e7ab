#!/bin/sh
# Installs R and the packages that pins for R uses on a folder, about 100 MB, for 'make test-r'.
# They are no part of the usual set-up. Where they cannot be installed the tests say so.
cd "$(dirname "$0")/.." || exit 1
if command -v apt-get >/dev/null; then
    exec Scripts/setup.sh r-base-core r-cran-yaml r-cran-digest r-cran-jsonlite r-cran-rlang
fi
Scripts/setup.sh || exit
command -v Rscript >/dev/null || brew install r
Rscript --vanilla -e 'wanted <- c("yaml", "digest", "jsonlite", "rlang")
    missing <- wanted[!wanted %in% rownames(installed.packages())]
    if (length(missing)) install.packages(missing)'
