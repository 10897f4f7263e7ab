#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The natural logarithm, from the C library.
func logarithm(_ value: Double) -> Double { log(value) }

/// e to the power of `value`, from the C library.
func exponential(_ value: Double) -> Double { exp(value) }
