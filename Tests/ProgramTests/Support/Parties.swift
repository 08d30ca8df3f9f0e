import Foundation
import TestSupport
import TransparencyLog

/// Builders whose logs a test writes itself, so that they may say anything, and what a person needs to believe them.
struct Parties: Sendable {
    let names: [String]
    let logs: [TestLog]

    init(_ names: String...) throws {
        self.names = names
        logs = try names.map { try TestLog("\($0).example", witnesses: 0) }
    }

    /// Now, in seconds since 1970: cosignatures are compared with the program's clock.
    static var now: Int64 { Int64(Date().timeIntervalSince1970) }

    /// `log` and `builder` lines.
    func lines(of index: Int, key: NoteKey? = nil, address: String? = nil) -> String {
        let (log, url) = (logs[index], address ?? logs[index].url)
        return "log \(log.signer.key) \(url)\nbuilder \(names[index]) \(key ?? log.builder.key) \(url)\n"
    }

    /// A policy by which so many of them have to agree, and no witness is asked for.
    func policy(_ votes: String) -> String {
        names.indices.map { lines(of: $0) }.joined() + "quorum none\ngroup all-of-them \(votes) "
            + "\(names.joined(separator: " "))\nquorum nix all-of-them\n"
    }

    /// States outcomes of a path, each told by one byte, and publishes them.
    func state(_ path: Int, _ byte: UInt8, by indices: Int...) throws {
        for index in indices {
            try logs[index].attest(path...path, byte: byte)
            try logs[index].publish()
        }
    }
}

extension SignedNote {
    /// With other signature lines.
    func signed(_ signatures: [NoteSignature]) throws -> SignedNote {
        try SignedNote(text: text, signatures: signatures)
    }
}

extension NoteSignature {
    /// The same line with one bit of the signature changed.
    var forged: NoteSignature {
        get throws {
            var digits = Array(line.dropLast())
            let place = digits.count - 20
            digits[place] = digits[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            guard let forged = NoteSignature(line: digits) else { throw TestFailure("no line") }
            return forged
        }
    }
}
