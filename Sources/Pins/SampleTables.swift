/// Small public tables to try things with, as CSV text with a header and lines that end in `\n`.
///
/// They are measurements that were published long ago and are in the public domain; R has the same
/// tables under the same names.
public enum SampleTable {
    /// The names that ``csv(named:)`` knows, in alphabetical order.
    public static let names = tables.keys.sorted()

    /// The table of this name, or `nil` if there is none.
    public static func csv(named name: String) -> String? { tables[name] }

    private static let tables = ["cars": cars, "mtcars": mtcars, "trees": trees, "women": women]

    /// 32 cars of 1974: consumption in miles per gallon, and ten aspects of design (Motor Trend).
    private static let mtcars = """
        model,mpg,cyl,disp,hp,drat,wt,qsec,vs,am,gear,carb
        Mazda RX4,21,6,160,110,3.9,2.62,16.46,0,1,4,4
        Mazda RX4 Wag,21,6,160,110,3.9,2.875,17.02,0,1,4,4
        Datsun 710,22.8,4,108,93,3.85,2.32,18.61,1,1,4,1
        Hornet 4 Drive,21.4,6,258,110,3.08,3.215,19.44,1,0,3,1
        Hornet Sportabout,18.7,8,360,175,3.15,3.44,17.02,0,0,3,2
        Valiant,18.1,6,225,105,2.76,3.46,20.22,1,0,3,1
        Duster 360,14.3,8,360,245,3.21,3.57,15.84,0,0,3,4
        Merc 240D,24.4,4,146.7,62,3.69,3.19,20,1,0,4,2
        Merc 230,22.8,4,140.8,95,3.92,3.15,22.9,1,0,4,2
        Merc 280,19.2,6,167.6,123,3.92,3.44,18.3,1,0,4,4
        Merc 280C,17.8,6,167.6,123,3.92,3.44,18.9,1,0,4,4
        Merc 450SE,16.4,8,275.8,180,3.07,4.07,17.4,0,0,3,3
        Merc 450SL,17.3,8,275.8,180,3.07,3.73,17.6,0,0,3,3
        Merc 450SLC,15.2,8,275.8,180,3.07,3.78,18,0,0,3,3
        Cadillac Fleetwood,10.4,8,472,205,2.93,5.25,17.98,0,0,3,4
        Lincoln Continental,10.4,8,460,215,3,5.424,17.82,0,0,3,4
        Chrysler Imperial,14.7,8,440,230,3.23,5.345,17.42,0,0,3,4
        Fiat 128,32.4,4,78.7,66,4.08,2.2,19.47,1,1,4,1
        Honda Civic,30.4,4,75.7,52,4.93,1.615,18.52,1,1,4,2
        Toyota Corolla,33.9,4,71.1,65,4.22,1.835,19.9,1,1,4,1
        Toyota Corona,21.5,4,120.1,97,3.7,2.465,20.01,1,0,3,1
        Dodge Challenger,15.5,8,318,150,2.76,3.52,16.87,0,0,3,2
        AMC Javelin,15.2,8,304,150,3.15,3.435,17.3,0,0,3,2
        Camaro Z28,13.3,8,350,245,3.73,3.84,15.41,0,0,3,4
        Pontiac Firebird,19.2,8,400,175,3.08,3.845,17.05,0,0,3,2
        Fiat X1-9,27.3,4,79,66,4.08,1.935,18.9,1,1,4,1
        Porsche 914-2,26,4,120.3,91,4.43,2.14,16.7,0,1,5,2
        Lotus Europa,30.4,4,95.1,113,3.77,1.513,16.9,1,1,5,2
        Ford Pantera L,15.8,8,351,264,4.22,3.17,14.5,0,1,5,4
        Ferrari Dino,19.7,6,145,175,3.62,2.77,15.5,0,1,5,6
        Maserati Bora,15,8,301,335,3.54,3.57,14.6,0,1,5,8
        Volvo 142E,21.4,4,121,109,4.11,2.78,18.6,1,1,4,2

        """

    /// Speed in miles per hour and stopping distance in feet of cars of the 1920s (M. Ezekiel,
    /// 1930).
    private static let cars = """
        speed,dist
        4,2
        4,10
        7,4
        7,22
        8,16
        9,10
        10,18
        10,26
        10,34
        11,17
        11,28
        12,14
        12,20
        12,24
        12,28
        13,26
        13,34
        13,34
        13,46
        14,26
        14,36
        14,60
        14,80
        15,20
        15,26
        15,54
        16,32
        16,40
        17,32
        17,40
        17,50
        18,42
        18,56
        18,76
        18,84
        19,36
        19,46
        19,68
        20,32
        20,48
        20,52
        20,56
        20,64
        22,66
        23,54
        24,70
        24,92
        24,93
        24,120
        25,85

        """

    /// Girth in inches, height in feet and volume in cubic feet of 31 felled cherry trees.
    private static let trees = """
        girth,height,volume
        8.3,70,10.3
        8.6,65,10.3
        8.8,63,10.2
        10.5,72,16.4
        10.7,81,18.8
        10.8,83,19.7
        11,66,15.6
        11,75,18.2
        11.1,80,22.6
        11.2,75,19.9
        11.3,79,24.2
        11.4,76,21
        11.4,76,21.4
        11.7,69,21.3
        12,75,19.1
        12.9,74,22.2
        12.9,85,33.8
        13.3,86,27.4
        13.7,71,25.7
        13.8,64,24.9
        14,78,34.5
        14.2,80,31.7
        14.5,74,36.3
        16,72,38.3
        16.3,77,42.6
        17.3,81,55.4
        17.5,82,55.7
        17.9,80,58.3
        18,80,51.5
        18,80,51
        20.6,87,77

        """

    /// Mean weight in pounds of American women by height in inches (World Almanac, 1975).
    private static let women = """
        height,weight
        58,115
        59,117
        60,120
        61,123
        62,126
        63,129
        64,132
        65,135
        66,139
        67,142
        68,146
        69,150
        70,154
        71,159
        72,164

        """
}
