internal import Quorum

/// What of a client's settings can be said in a policy file: the policy's own parser is asked, one word at a time.
enum PolicyWords {
    /// Why a key cannot stand in a policy; nil when it can.
    static func objection(toKey key: String, of kind: CacheKind) -> String? {
        objection(to: key, in: "cache example \(kind.rawValue) \(key) https://cache.example\n")
    }

    /// Why an address cannot stand in a policy; nil when it can.
    static func objection(toAddress address: String) -> String? {
        objection(to: address, in: "cache example guix \(GuixConfiguration.wellKnownKeys[0].q) \(address)\n")
    }

    private static func objection(to word: String, in statement: String) -> String? {
        // Settings are anybody's text: a space or a line end in them would be more words, or another statement.
        // Guix's keys may be expressions, which are ours.
        let isExpression = word.hasPrefix("\"(public-key ")
        guard word.utf8.allSatisfy({ ($0 > 0x20 || isExpression && $0 == 0x20) && $0 < 0x7F }) else {
            return "it has a space or another character that no policy has there"
        }
        do throws(PolicyError) {
            _ = try Policy.parse(statement)
            return nil
        } catch {
            return error.message
        }
    }
}
