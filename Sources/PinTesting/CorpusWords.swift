/// The vocabulary of the generated tables, and the skew with which it is used.
enum CorpusWords {
    static let regions = words("north south west east central coastal highland islands")
    static let statuses = words("shipped pending returned cancelled lost")
    static let levels = words("INFO DEBUG WARN ERROR")
    static let components = words("gateway ingest index storage auth mailer billing scheduler")
    static let verbs = words("items orders users reports exports sessions search health")
    static let codes = words("200 201 204 304 400 404 409 500")
    static let products = words(
        """
        anvil basin bellows bracket bucket cable candle chisel clamp compass crate drill easel \
        fender file funnel gasket gauge girder grate hammer handle hinge hoist hook jack kettle \
        ladder lamp latch level lever lock loom mallet mirror nail needle nozzle oven paddle pedal \
        pipe plane plate pliers plumb press pulley pump rasp rivet rope ruler sander saw scale \
        shears shelf sieve spade spring stove tongs trowel valve vise wedge wheel winch wrench
        """)
    static let notes = words(
        """
        about after again against almost always answer arrived asked before behind better between \
        box broken called careful carrier checked chosen clean customer damaged delayed delivery \
        door during early every exchange expected fragile from front garden gift handed in late \
        later left letter line local message missing morning neighbour never new next number of \
        office on only open order paid parcel partly perhaps phone place please present \
        quick ready reason received repeat reply road second sent several signed since small \
        some soon spare stairs still street that the their then there this through to together \
        tomorrow twice two \
        until urgent very waiting was weekend well when where which with without wrapped yard
        """)

    /// A number below `count`; small ones come more often: the square of a uniform number.
    static func skewed(_ bits: UInt64, below count: Int) -> Int {
        let uniform = bits >> 32
        let squared = (uniform * uniform) >> 32
        return Int((squared * UInt64(count)) >> 32)
    }

    private static func words(_ text: String) -> [[UInt8]] {
        text.split(separator: " ").map { Array($0.utf8) }
    }
}
