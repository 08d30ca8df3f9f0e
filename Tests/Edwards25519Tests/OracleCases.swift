import Foundation

/// How many cases the comparisons with libraries try, and which.
enum OracleCases {
    static func count(default count: Int) -> Int {
        ProcessInfo.processInfo.environment["QUORATE_ORACLE_CASES"].flatMap { Int($0) } ?? count
    }

    static let seed = ProcessInfo.processInfo.environment["QUORATE_ORACLE_SEED"].flatMap { UInt64($0) } ?? 25_519
}
