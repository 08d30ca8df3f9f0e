import Foundation
import Ledger
import Quorum
import TestSupport
import Testing
import Verification

struct LocalStateTests {
    let folder: TemporaryFolder
    let subject = Subject.storePath("/nix/store/0c0l0v6h4h0n5ynmp0rq3h8dkmzy8dzb-hello-2.12.1")
    let other = Subject.storePath("/nix/store/1c0l0v6h4h0n5ynmp0rq3h8dkmzy8dzb-hello-2.12.1")
    let time = Timestamp(secondsSince1970: 1_800_000_000)
    let digest = String(repeating: "ab", count: 32)

    init() throws { folder = try TemporaryFolder() }

    private func open() throws -> LocalState { try LocalState(directory: folder.path) }

    private func conflict(_ subject: Subject) -> Verdict {
        tally(subject, claims: [], policy: .empty, context: TallyContext(now: time))
    }

    @Test func startsEmpty() throws {
        let state = try open()
        #expect(state.standingConflicts.isEmpty)
        #expect(state.revocations.keys.isEmpty)
        #expect(state.notes.isEmpty)
        #expect(folder.names.isEmpty, "looking writes nothing")
    }

    @Test func conflictsStandOverARestartUntilCleared() throws {
        let state = try open()
        state.raiseConflict(conflict(subject), at: time)
        state.raiseConflict(conflict(subject), at: time)
        state.raiseConflict(conflict(other), at: time)
        let again = try open()
        #expect(again.standingConflicts == [subject, other])
        #expect(again.conflictLines.count == 2)
        #expect(try again.clearConflict(subject))
        #expect(try !again.clearConflict(subject))
        #expect(again.standingConflicts == [other])
        #expect(try open().standingConflicts == [other])
    }

    @Test func twoProcessesKeepEachOthersConflicts() throws {
        let gateway = try open()
        let command = try open()
        gateway.raiseConflict(conflict(subject), at: time)
        command.raiseConflict(conflict(other), at: time)
        #expect(try open().standingConflicts == [subject, other])
        #expect(try command.clearConflict(subject), "though it never saw it raised")
        #expect(gateway.standingConflicts == [subject])
        try gateway.reload()
        #expect(gateway.standingConflicts == [other])
    }

    @Test func aConflictThatCannotBeWrittenStandsAllTheSame() throws {
        let place = folder.file("state")
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
        let state = try LocalState(directory: place)
        try FileManager.default.removeItem(atPath: place)
        state.raiseConflict(conflict(subject), at: time)
        #expect(state.standingConflicts == [subject])
        try state.reload()
        #expect(state.standingConflicts == [subject])
        #expect(throws: StateFileError.self) { try state.clearConflict(subject) }
        #expect(state.standingConflicts == [subject], "it is not cleared in memory alone")
    }

    /// A crash within a write must not make the program refuse for ever, nor lose what was whole.
    @Test func aTornLineIsIgnoredAndSaid() throws {
        let line = "2027-01-15T08:00:00Z /nix/store/0c0l0v6h4h0n5ynmp0rq3h8dkmzy8dzb-hello-2.12.1 ab=a+b"
        let second = "2027-01-15T08:00:00Z \(other) ab=a+b"
        for count in 1...second.utf8.count {
            let torn = String(second.prefix(count))
            try folder.write("conflicts", line + "\n" + torn)
            let state = try open()
            // As soon as its path is certainly whole, it is an alarm.
            let isWhole = torn.hasPrefix("2027-01-15T08:00:00Z \(other) ")
            #expect(state.standingConflicts == (isWhole ? [subject, other] : [subject]), "\(torn)")
            #expect(state.notes.isEmpty == isWhole)
            // The next write leaves whole lines only.
            state.raiseConflict(conflict(.storePath("/nix/store/x-new")), at: time)
            #expect(try open().standingConflicts.count == (isWhole ? 3 : 2))
            #expect(try open().notes.isEmpty)
            #expect(try folder.text("conflicts").hasSuffix("\n"))
        }
    }

    @Test func aTornRevocationIsIgnoredAndAWholeOneCounts() throws {
        let whole = "revoke outcome sha256:\(digest)"
        try folder.write("revocations", whole + "\nrevoke outcome sha256:ab")
        let state = try open()
        #expect(state.revocations.outcomes.count == 1)
        #expect(state.notes.count == 1)
        try state.revoke("revoke outcome sha256:\(String(repeating: "cd", count: 32))")
        #expect(try open().revocations.outcomes.count == 2)
        #expect(try open().notes.isEmpty)
        // What a person wrote without a last newline is meant.
        try folder.write("revocations", whole)
        #expect(try open().revocations.outcomes.count == 1)
        try open().revoke("revoke outcome sha256:\(String(repeating: "cd", count: 32))")
        #expect(try open().revocations.outcomes.count == 2)
    }

    @Test(arguments: ["nonsense\n", "a line without a path\nrest\n", "\u{0}\n"])
    func refusesWhatItDidNotWrite(_ text: String) throws {
        try folder.write("conflicts", text)
        let error = #expect(throws: StateFileError.self) { try open() }
        #expect(error?.description.hasPrefix(folder.file("conflicts")) == true)
        #expect(error?.description.contains("\n") == false)
    }

    @Test func refusesRevocationsThatItCannotRead() throws {
        for text in ["revoke everything\n", "revoke outcome sha256:ab\nrevoke outcome sha256:\(digest)\n"] {
            try folder.write("revocations", text)
            #expect(throws: StateFileError.self) { try open() }
        }
        try folder.write("revocations", [0xFF, 0x0A])
        #expect(throws: StateFileError.self) { try open() }
    }

    @Test func revocationsCountAtOnceAndAfterARestart() throws {
        let state = try open()
        try state.revoke("revoke outcome sha256:\(digest)")
        try state.revoke("revoke key nix \(CacheFixture.key("a")) \"stolen\"")
        let outcome = Outcome.storePath(
            .init(narHash: Digest256(hex: digest) ?? sha256([]), narSize: 1, references: []))
        for state in [state, try open()] {
            #expect(state.revocations.keys.count == 1)
            #expect(state.revocations.covers(outcome, of: subject))
        }
        #expect(throws: (any Error).self) { try state.revoke("nonsense") }
        #expect(throws: (any Error).self) { try state.revoke("revoke outcome sha256:ab") }
        #expect(try open().revocations.outcomes.count == 1)
    }

    /// The second says the same of the same thing, in other words or not.
    @Test(
        arguments: [
            ("outcome sha256:DIGEST", "outcome sha256:DIGEST", 1),
            ("outcome sha256:DIGEST", "outcome sha256:DIGEST \"a reason\"", 1),
            ("outcome sha256:DIGEST /nix/store/x-y", "outcome sha256:DIGEST /nix/store/x-y", 1),
            ("key nix NAMED:KEY", "key nix NAMED:KEY", 1), ("key nix NAMED:KEY", "key nix other-1:KEY \"stolen\"", 1),
            ("outcome sha256:DIGEST", "outcome sha256:DIGEST /nix/store/x-y", 2),
            ("outcome sha256:DIGEST", "key nix NAMED:KEY", 2),
        ]) func whatIsRevokedAlreadyStaysSo(_ first: String, _ second: String, _ count: Int) throws
    {
        let key = CacheFixture.key("a").split(separator: ":").map(String.init)
        let lines = [first, second].map {
            "revoke "
                + $0.replacing("DIGEST", with: digest).replacing("NAMED", with: key[0]).replacing("KEY", with: key[1])
        }
        let state = try open()
        #expect(try state.revoke(lines[0]))
        #expect(try state.revoke(lines[1]) == (count == 2))
        #expect(try !open().revoke(lines[1]))
        let written = try folder.text("revocations")
        #expect(written == lines.prefix(count).map { $0 + "\n" }.joined())
        // What an earlier version, or a person, wrote twice is read all the same.
        try folder.write("revocations", "# kept by hand\n\n" + (lines + lines).map { $0 + "\n" }.joined())
        let again = try open().revocations
        #expect(again.keys.count + again.outcomes.count == count)
        #expect(again.contains(state.revocations) && state.revocations.contains(again))
        #expect(try !open().revoke(lines[0]))
    }

    @Test(
        arguments: [
            ("revoke everything", "everything"), ("policy x", "only 'revoke key …'"),
            ("nonsense", "only 'revoke key …'"),
            ("revoke outcome sha256:ab", "sha256:ab"),
        ]) func aBadRevocationIsNamedByItsLine(_ bad: String, _ words: String) throws
    {
        let good = "revoke outcome sha256:\(digest)\n"
        try folder.write("revocations", good + "\n" + good + bad + "\n" + good)
        let error = #expect(throws: StateFileError.self) { try open() }
        let text = error?.description ?? ""
        #expect(text.hasPrefix("\(folder.file("revocations")): line 4: "), "\(text)")
        #expect(text.contains(words) && !text.contains("policy line"), "\(text)")
    }

    @Test func aBadConflictIsNamedByItsLine() throws {
        try folder.write("conflicts", "\n2027-01-15T08:00:00Z \(other) ab=a+b\ngarbage\n")
        let error = #expect(throws: StateFileError.self) { try open() }
        #expect(
            error?.description
                == "\(folder.file("conflicts")): line 3 names no store path: 'garbage'; correct it or take it out")
    }

    @Test func conflictsAreTakenApart() throws {
        let (one, two) = (digest, String(repeating: "cd", count: 32))
        try folder.write(
            "conflicts", "2027-01-15T08:00:00Z \(other) \(one)=a+b \(two)=c\n\(subject) written by hand\n")
        let conflicts = try open().conflicts
        #expect(conflicts.map(\.path) == [subject, other].map(\.description))
        #expect(conflicts.map(\.since) == [nil, "2027-01-15T08:00:00Z"])
        #expect(conflicts[0].outcomes.isEmpty)
        #expect(conflicts[1].outcomes.map(\.narHash) == ["sha256:\(one)", "sha256:\(two)"])
        #expect(conflicts[1].outcomes.map(\.parties) == [["a", "b"], ["c"]])
    }

    @Test func revocationsAreSeenAfterReload() throws {
        let running = try open()
        try open().revoke("revoke outcome sha256:\(digest)")
        #expect(running.revocations.outcomes.isEmpty)
        try running.reload()
        #expect(running.revocations.outcomes.count == 1)
        // A file that is broken meanwhile changes nothing.
        try folder.write("revocations", "nonsense\n")
        #expect(throws: StateFileError.self) { try running.reload() }
        #expect(running.revocations.outcomes.count == 1)
    }

    @Test(arguments: ["conflicts", "revocations"]) func notesAreThoseOfTheLastReading(_ file: String) throws {
        let running = try open()
        #expect(running.notes.isEmpty)
        try folder.write(file, "2027-01-15T08:00:00Z /nix/sto")
        try running.reload()
        #expect(running.notes == ["\(folder.file(file)): the unfinished last line, left by a crash, is ignored"])
        try folder.write(file, "")
        try running.reload()
        #expect(running.notes.isEmpty)
    }

    /// Two outcomes that both meet a (contradictable) quorum: the alarm outlives the evidence.
    @Test func aConflictIsRaisedByTheTallyAndStaysWhenItsClaimsGo() async throws {
        try await Scene.run { scene in
            let contradictable = { (text: String) in
                text.replacing("group farms 1 a b c", with: "group farms 1 contradictable a b c")
            }
            try await scene.withInquirer(threshold: 1, editing: contradictable) { inquirer in
                #expect(await inquirer.ask(Paths.cores).finding.words == ["conflict"])
            }
            try FileManager.default.removeItem(atPath: scene.ledgerPath)
            for cache in ["a", "b"] { scene.override(cache, "/\(Paths.cores).narinfo", UpstreamAnswer(404)) }
            try await scene.withInquirer(threshold: 1, editing: contradictable) { inquirer in
                #expect(await inquirer.ask(Paths.cores).finding.words == ["conflict"])
            }
            let state = try LocalState(directory: scene.folder.path)
            let subject = try #require(state.standingConflicts.first)
            #expect(try state.clearConflict(subject))
            try await scene.withInquirer(threshold: 1, editing: contradictable) { inquirer in
                #expect(await inquirer.ask(Paths.cores).finding.words == ["quorate"])
            }
        }
    }

    @Test func revokedKeysAndOutcomesCountForNothing() async throws {
        try await Scene.run { scene in
            try LocalState(directory: scene.folder.path).revoke("revoke key nix \(CacheFixture.key("a")) \"stolen\"")
            try await scene.withInquirer { inquirer in
                #expect(await inquirer.ask(Paths.cores).finding.words == ["split"], "a and b agreed")
                #expect(await inquirer.ask(Paths.repro).finding.words == ["quorate"], "b and c agree")
            }
        }
    }
}
