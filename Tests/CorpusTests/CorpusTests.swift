import Foundation
import FuzzChecks
import TestSupport
import Testing

/// Replays what the fuzzer starts from and what it once found, so that neither can rot.
@Suite struct CorpusTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fuzz/Corpus")

    private struct Entry {
        let name: String
        let bytes: [UInt8]
    }

    private static func names(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private static func entries(of target: FuzzTarget) throws -> [Entry] {
        let folder = folder.appendingPathComponent(target.name)
        return try names(in: folder).map { name in
            Entry(name: name, bytes: Array(try Data(contentsOf: folder.appendingPathComponent(name))))
        }
    }

    @Test func everyTargetHasACorpusAndNothingElseHas() throws {
        #expect(try Self.names(in: Self.folder) == FuzzTarget.all.map(\.name).sorted())
    }

    /// A name that begins with `good` or `bad` says what the parser must answer.
    @Test(arguments: FuzzTarget.all) func everyInputIsAnsweredAsItsNameSays(target: FuzzTarget) throws {
        let entries = try Self.entries(of: target)
        for kind in ["good", "bad"] {
            #expect(entries.contains { $0.name.hasPrefix(kind) }, "\(target): no \(kind) input")
        }
        for entry in entries {
            let answer: FuzzTarget.Answer
            do throws(BrokenPromise) {
                answer = try target.check(entry.bytes)
            } catch {
                Issue.record("\(target)/\(entry.name): \(error)")
                continue
            }
            #expect(!entry.name.hasPrefix("good") || answer == .accepted, "\(target)/\(entry.name)")
            #expect(!entry.name.hasPrefix("bad") || answer == .refused, "\(target)/\(entry.name)")
        }
    }

    /// A little of what the fuzzer does, in every run of the tests: the same damage each time.
    @Test(arguments: FuzzTarget.all) func damagedInputsBreakNoPromise(target: FuzzTarget) throws {
        var random = SeededGenerator(seed: 42)
        for entry in try Self.entries(of: target) where entry.bytes.count <= target.maximumLength {
            for _ in 0..<(target.isSlow ? 4 : 20) {
                let damaged = Self.damage(entry.bytes, &random)
                do throws(BrokenPromise) {
                    _ = try target.check(damaged)
                } catch {
                    Issue.record("\(target)/\(entry.name), damaged to \(Data(damaged).base64EncodedString()): \(error)")
                }
            }
        }
    }

    private static func damage(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes.removeSubrange(index...)
            case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: index)
            default: bytes.remove(at: index)
            }
        }
        return bytes
    }
}
