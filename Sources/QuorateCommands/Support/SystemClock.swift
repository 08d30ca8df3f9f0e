internal import Glibc
package import Quorum

/// The system's clock, as the tally takes time.
package enum SystemClock {
    package static var now: Timestamp { Timestamp(secondsSince1970: Int64(time(nil))) }

    /// Seconds since 1970 as a time.
    static func timestamp(_ seconds: Int64) -> Timestamp { Timestamp(secondsSince1970: seconds) }
}
