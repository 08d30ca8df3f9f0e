internal import Glibc
package import Quorum

/// The system's clock, as the tally takes time.
package enum SystemClock {
    package static var now: Timestamp { Timestamp(secondsSince1970: Int64(time(nil))) }
}
