import Attestations
import Foundation
import Glibc
import Quorum
import Synchronization
import TestSupport
import Testing
import TransparencyLog

/// What a witness's and a log's server take from those who lie or flood, and a log from witnesses that lie.
@Suite("Servers among liars", .serialized)
struct LyingServerTests {
    // MARK: - Witnesses

    /// A witness of one log, running, and its key.
    private func witness(of log: TestLog, _ options: String...) async throws -> (LogServerProcess, NoteKey) {
        let home = try Home()
        let made = try await Program.run(["witness", "init", "w.example/w"], home: home)
        #expect(made.status == 0, "\(made.err)")
        let key = try NoteKey(String(try #require(made.out.split(separator: " ").dropFirst(2).first)))
        try home.folder.write("logs", "log \(log.signer.key)\n")
        let server = try await LogServerProcess(
            ["witness", "serve", "--policy", home.folder.file("logs")] + options, home: home)
        return (server, key)
    }

    private func request(_ note: SignedNote, after size: UInt64 = 0, proof: [LogHash] = []) -> [UInt8] {
        AddCheckpointRequest(oldSize: size, proof: proof, note: note).bytes
    }

    @Test("A witness stores no line that it did not verify, under its own name least of all")
    func forgedLines() async throws {
        let log = try TestLog()
        try log.attest(0..<4)
        let (server, key) = try await witness(of: log)
        let name = Checkpoint.pathName(ofOrigin: log.origin)
        let note = try log.note(at: [Parties.now, Parties.now])
        let posing = try NoteSigner.generate(name: key.name, kind: .cosignature)
        let lines = [
            // The witness's own name and hash over bytes of somebody else; another's line, forged; a stranger's.
            try Self.line(named: key, signature: posing.cosign(note.text, at: UInt64(Parties.now)).signature),
            try note.signatures[1].forged, try posing.cosign(note.text, at: UInt64(Parties.now)),
        ]
        let answer = try await server.post("/witness/add-checkpoint", request(note.signed(note.signatures + lines)))
        #expect(answer.status == 200, "\(answer.text)")
        let stored = try SignedNote(parsing: try await server.get("/witness/\(name)/checkpoint").body)
        #expect(stored.text == note.text)
        #expect(stored.signatures.map(\.name) == [log.origin, key.name])
        #expect(try stored.verified(by: [log.signer.key, key]).count == 2)

        // Forged lines of the log itself, another log's checkpoint and another history are not taken at all.
        let twin = try TestLog(keysOf: log)
        try twin.attest(50..<60)
        let other = try TestLog("mallory.example")
        try other.attest(0..<9)
        try log.attest(4..<9)
        let next = try log.note(at: [])
        let proof = try log.consistency(from: 4)
        for (body, status) in [
            (request(try next.signed([next.signatures[0].forged]), after: 4, proof: proof), 403),
            (request(try next.signed(note.signatures), after: 4, proof: proof), 403),
            (request(try other.note(at: [])), 404), (request(try twin.note(at: []), after: 4, proof: proof), 422),
            (request(try twin.note(at: []), after: 0), 409), (request(next, after: 4), 422),
            (request(next, after: 4, proof: proof.reversed() + proof), 422),
        ] {
            let answer = try await server.post("/witness/add-checkpoint", body)
            #expect(answer.status == status, "\(answer.text)")
        }
        #expect(try await server.get("/witness/\(name)/checkpoint").body == stored.bytes)
        // Nothing of it is in the way of what is true.
        #expect(try await server.post("/witness/add-checkpoint", request(next, after: 4, proof: proof)).status == 200)
        #expect(try await server.stop() == 0)
    }

    private static func line(named key: NoteKey, signature: [UInt8]) throws -> NoteSignature {
        let id = withUnsafeBytes(of: key.id.bigEndian) { Array($0) }
        let text = "\u{2014} \(key.name) " + Data(id + signature).base64EncodedString()
        guard let line = NoteSignature(line: Array(text.utf8)) else { throw TestFailure("no line: \(text)") }
        return line
    }

    @Test("A flood of checkpoints is told to come again, and who was let in is answered")
    func checkpointFlood() async throws {
        let log = try TestLog()
        try log.attest(0..<4)
        let (server, _) = try await witness(of: log)
        #expect(try await server.post("/witness/add-checkpoint", request(log.note(at: []))).status == 200)
        let body = request(try log.note(at: []), after: 4)
        // Whoever holds the lock of the log's record keeps the witness from answering.
        let record = "state/witness/\(Checkpoint.pathName(ofOrigin: log.origin))/lock"
        let lock = open(server.home.folder.file(record), O_RDWR | O_CLOEXEC)
        #expect(lock >= 0 && flock(lock, LOCK_EX) == 0)
        let (count, port) = (80, server.port)
        let early = try await offPool {
            let head = "POST /witness/add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\n\r\n"
            let connections = try (0..<count).map { _ in try TestConnection(port) }
            for connection in connections { try connection.send(Array(head.utf8) + body) }
            var answers: [Int: [UInt8]] = [:]
            let end = ContinuousClock.now + .seconds(20)
            while answers.count < count - 64, ContinuousClock.now < end {
                for (index, connection) in connections.enumerated() where answers[index] == nil {
                    if let part = try connection.read(0.005), !part.isEmpty { answers[index] = part }
                }
            }
            flock(lock, LOCK_UN)
            close(lock)
            let late = try connections.indices.filter { answers[$0] == nil }.map { try connections[$0].read(15) ?? [] }
            #expect(late.count == 64 && late.allSatisfy { $0.starts(with: Array("HTTP/1.1 200".utf8)) })
            return answers.values.map { String(decoding: $0, as: UTF8.self).lowercased() }
        }
        #expect(early.count == count - 64)
        #expect(early.allSatisfy { $0.hasPrefix("http/1.1 503") && $0.contains("\r\nretry-after: 2\r\n") }, "\(early)")
        #expect(try await server.post("/witness/add-checkpoint", body).status == 200)
        #expect(try await server.stop() == 0)
    }

    /// What a witness answers when it is asked to cosign.
    private enum Answer: CaseIterable {
        case forged, ofAnotherKey, ofAnotherTree, plainSignature, nothing, nonsense, truth
    }

    /// The checkpoints that each witness was asked to cosign.
    private final class Asked: Sendable {
        let counts = Mutex<[String: Int]>([:])
        let isHonest = Mutex(false)
    }

    @Test("Witnesses that lie make no checkpoint believed, and nothing of what they say is published")
    func lyingWitnesses() async throws {
        let witnesses = try Answer.allCases.indices.map {
            try NoteSigner.generate(name: "w\($0).example/w", kind: .cosignature)
        }
        let stranger = try NoteSigner.generate(name: "s.example/s", kind: .cosignature)
        let asked = Asked()
        let script: Upstream.Script = { connection in
            while let (path, body) = try await connection.nextRequestWithBody() {
                guard path.hasSuffix("add-checkpoint"), let index = path.dropFirst().first?.wholeNumberValue else {
                    try await connection.answer(UpstreamAnswer(404))
                    continue
                }
                let text = try AddCheckpointRequest(parsing: body).note.text
                asked.counts.withLock { $0[String(index), default: 0] += 1 }
                let (signer, now) = (witnesses[index], UInt64(Parties.now))
                let line = try signer.cosign(text, at: now)
                let answer: [UInt8] =
                    switch Answer.allCases[index] {
                    case .forged: try line.forged.line
                    case .ofAnotherKey: try stranger.renamed(signer.key.name).cosign(text, at: now).line
                    case .ofAnotherTree: try signer.cosign(text + Array("more\n".utf8), at: now).line
                    case .plainSignature:
                        try LyingServerTests.line(named: signer.key, signature: Array(line.signature.dropFirst(8))).line
                    case .nothing: []
                    case .nonsense: Array("I saw it!\n".utf8)
                    case .truth: asked.isHonest.withLock { $0 } ? line.line : try line.forged.line
                    }
                try await connection.answer(UpstreamAnswer(body: answer))
            }
        }
        try await Upstream.run(script) { upstream in
            let log = try TestLog()
            let home = try Home()
            let made = try await Program.run(
                ["log", "init", home.folder.file("shared"), "--origin", "shared.example/log"], home: home)
            #expect(made.status == 0, "\(made.err)")
            let names = witnesses.indices.map { "w\($0)" }
            let lines = zip(names, witnesses).enumerated().map { index, named in
                "witness \(named.0) \(named.1.key) \(upstream.address)\(index)\n"
            }
            try home.folder.write(
                "policy",
                "builder desk \(log.builder.key)\n" + lines.joined() + "group ws 1 \(names.joined(separator: " "))\n"
                    + "quorum ws\n")
            let server = try await LogServerProcess(
                ["log", "serve", "--log", home.folder.file("shared"), "--policy", home.folder.file("policy")],
                home: home)
            let leaf = try TestLog.attestation(1, by: log.attester).leaf
            let added = try await server.post("/log/add?wait=0", leaf)
            #expect(added.status == 200 && added.text == "0\n", "\(added.text)")
            let areAsked = await eventually(within: .seconds(20)) {
                asked.counts.withLock { counts in witnesses.indices.allSatisfy { counts[String($0), default: 0] > 0 } }
            }
            #expect(areAsked)
            let before = try SignedNote(parsing: try await server.get("/log/checkpoint").body)
            #expect(try Checkpoint(parsing: before.text).size == 0 && before.signatures.count == 1)
            asked.isHonest.withLock { $0 = true }
            let isPublished = await eventually(within: .seconds(20)) {
                (try? await server.get("/log/checkpoint").text.contains("\n1\n")) == true
            }
            #expect(isPublished, "\(server.process.err)")
            let after = try SignedNote(parsing: try await server.get("/log/checkpoint").body)
            #expect(after.signatures.map(\.name) == ["shared.example/log", "w6.example/w"])
            #expect(try await server.stop() == 0)
        }
    }

    // MARK: - Logs

    /// A log that takes what one builder signed, running.
    private func log(
        of builder: TestLog, _ options: [String] = [], through wrapper: [String] = []
    ) async throws -> LogServerProcess {
        let home = try Home()
        let folder = home.folder.file("shared")
        let made = try await Program.run(["log", "init", folder, "--origin", "shared.example/log"], home: home)
        #expect(made.status == 0, "\(made.err)")
        try home.folder.write("policy", "builder desk \(builder.builder.key)\nquorum none\n")
        return try await LogServerProcess(
            ["log", "serve", "--log", folder, "--policy", home.folder.file("policy")] + options, home: home,
            through: wrapper)
    }

    @Test("A log takes what its builders signed, and nothing else, however large or odd")
    func strangers() async throws {
        let builder = try TestLog()
        let server = try await log(of: builder)
        let good = try TestLog.attestation(1, by: builder.attester).leaf
        let other = try TestLog.attester(NoteSigner.generate(name: "alice.example", kind: .ed25519))
        let refused: [(bytes: [UInt8], statuses: [Int])] = [
            (try TestLog.attestation(1, by: other).leaf, [403]),
            (try LyingLogTests.swapped(good, TestLog.path(1), TestLog.path(2)), [403]),
            (good + [10], [400]), (Array(good.dropLast()), [400]), (Array("{}".utf8), [400]), ([0], [400]),
            ([UInt8](repeating: 0xFF, count: 32_768), [400]), ([UInt8](repeating: 0x5B, count: 32_769), [413]),
            ([UInt8](repeating: 0x41, count: 65_536), [413]), ([UInt8](repeating: 0x41, count: 1 << 20), [413]),
            ([], [400, 413]),
        ]
        for (bytes, statuses) in refused {
            let answer = try await server.post("/log/add", bytes)
            #expect(statuses.contains(answer.status), "\(bytes.count) bytes: \(answer.status) \(answer.text)")
        }
        #expect(try await server.get("/log/checkpoint").text.contains("\n0\n"))
        #expect(try await server.post("/log/add", good).text == "0\n")
        #expect(try await server.stop() == 0)
    }

    @Test("What one address may send is bounded, behind a proxy too, and nobody else's is")
    func addresses() async throws {
        let builder = try TestLog()
        let server = try await log(of: builder, ["--per-address", "1"])
        let leaf = try TestLog.attestation(1, by: builder.attester).leaf
        func statuses(_ count: Int, _ address: String?) async throws -> [Int] {
            var statuses: [Int] = []
            for _ in 0..<count {
                let headers = address.map { ["X-Forwarded-For": $0] } ?? [:]
                let answer = try await server.post("/log/add?wait=0", leaf, headers: headers)
                if answer.status == 429 { #expect(answer.headers["retry-after"] == "1") }
                statuses.append(answer.status)
            }
            return statuses
        }
        // What clients write there themselves comes before what the proxy adds.
        let flood = try await statuses(30, "198.51.100.7, 192.0.2.1")
        #expect(flood.prefix(8).allSatisfy { $0 == 200 } && flood.contains(429), "\(flood)")
        #expect(try await statuses(5, "192.0.2.2") == Array(repeating: 200, count: 5))
        let network = try await statuses(15, "2001:db8:0:1::1") + statuses(15, "2001:db8:0:1:ffff::2")
        #expect(network.contains(429))
        #expect(try await statuses(3, "2001:db8:0:2::1") == [200, 200, 200])
        #expect(try await statuses(12, nil) == Array(repeating: 200, count: 12))
        #expect(try await server.stop() == 0)
    }

    @Test(
        "A flood that the disk cannot follow is told to come again, and loses nothing that was taken",
        .enabled(if: Strace.isUsable, "strace cannot be used here"))
    func entryFlood() async throws {
        let builder = try TestLog()
        let server = try await log(
            of: builder, ["--waiting", "4"],
            through: [
                "strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e",
                "inject=fdatasync:delay_enter=700000",
            ])
        let leaves = try (0..<40).map { try TestLog.attestation($0, by: builder.attester).leaf }
        let answers = try await withThrowingTaskGroup(of: (Int, HTTPReply).self) { group in
            for (number, leaf) in leaves.enumerated() {
                group.addTask { (number, try await server.post("/log/add?wait=0", leaf)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let refused = answers.filter { $0.1.status == 503 }
        #expect(!refused.isEmpty && refused.allSatisfy { $0.1.headers["retry-after"] == "1" })
        let taken = answers.filter { $0.1.status == 200 }
        #expect(!taken.isEmpty && taken.count + refused.count == leaves.count, "\(answers.map(\.1.status))")
        for (number, reply) in taken {
            let again = try await server.post("/log/add?wait=0", leaves[number])
            #expect(again.text == reply.text, "what was taken keeps its place")
        }
    }
}
