import BenchmarkSupport
struct IndexScale { init(_ o: Options) throws {}; func run() throws {} }
struct IndexLookups { init(_ o: Options) throws {}; func run() throws {} }
struct ListScale { init(_ o: Options) throws {}; func run() throws {} }
