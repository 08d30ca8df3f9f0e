internal import ClaimSources
internal import Quorum
internal import StoreFormats

/// How much of what was asked for one server has, and how it answers.
struct ServerWeather: Sendable {
    /// Files of one compression.
    struct Files: Hashable, Sendable {
        var count = 0
        /// Bytes of those whose size is stated.
        var bytes: UInt64 = 0
        /// Files whose size is not stated.
        var unstated = 0
    }

    let name: String
    let address: String
    /// Paths of the stores that this server is asked about.
    private(set) var asked = 0
    private(set) var found = 0
    /// Of those found, how many no known key signed.
    private(set) var unsigned = 0
    /// The first reason for one of those.
    private(set) var unsignedReason: String?
    private(set) var missing: [StorePath] = []
    /// Questions without a usable answer, and the first reason.
    private(set) var troubles = 0
    private(set) var trouble: String?
    /// Bytes of all NARs found, unpacked.
    private(set) var narBytes: UInt64 = 0
    private(set) var files: [String: Files] = [:]
    /// Time for all questions together.
    private(set) var duration = Duration.zero
    /// Times of single questions, one after the other, sorted.
    var roundTrips: [Duration] = []

    init(name: String, address: String) {
        self.name = name
        self.address = address
    }

    /// What came of one question.
    enum Answer: Sendable {
        case statement(CacheStatement)
        case absent
        case trouble(String)
    }

    mutating func count(_ answer: Answer, about path: StorePath) {
        asked += 1
        switch answer {
        case .absent: missing.append(path)
        case .trouble(let reason):
            troubles += 1
            trouble = trouble ?? reason
        case .statement(let statement):
            found += 1
            narBytes &+= statement.narInfo.narSize
            for download in statement.narInfo.downloads {
                var kind = files[download.compression.rawValue] ?? Files()
                kind.count += 1
                if let size = download.fileSize { kind.bytes &+= size } else { kind.unstated += 1 }
                files[download.compression.rawValue] = kind
            }
            if statement.claims.isEmpty {
                unsigned += 1
                unsignedReason = unsignedReason ?? statement.refused.first
            }
        }
    }

    mutating func add(_ time: Duration) { duration += time }

    /// Questions a second; nil where none had a usable answer: how soon nothing comes says nothing of a server.
    var rate: Double? {
        let seconds = duration / .seconds(1)
        return asked > 0 && asked > troubles && seconds > 0 ? Double(asked) / seconds : nil
    }

    /// The middle of the single questions' times.
    var roundTrip: Duration? { roundTrips.isEmpty ? nil : roundTrips[roundTrips.count / 2] }

    /// The share found, from 0 to 1; nothing asked for is all there.
    var coverage: Double { asked > 0 ? Double(found) / Double(asked) : 1 }
}
