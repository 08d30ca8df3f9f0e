import Foundation
import Synchronization
import TestSupport
import Testing

@testable import DurableFiles

struct FileLockTests {
    /// Without the lock the readers of one value would write over each other.
    @Test func admitsOneAtATime() async throws {
        let folder = try TemporaryFolder()
        try folder.write("count", "0")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<10 {
                        guard let lock = try? FileLock(folder.file("lock")) else { return }
                        let count = (try? folder.text("count")).flatMap { Int($0) } ?? -1000
                        try? WholeFile.replace(folder.file("count"), Array("\(count + 1)".utf8), mode: 0o600)
                        _ = consume lock
                    }
                }
            }
        }
        #expect(try folder.text("count") == "40")
    }

    @Test func saysWhereItCannotBe() throws {
        let folder = try TemporaryFolder()
        #expect(throws: FileFailure.self) { _ = try FileLock(folder.file("no/lock")) }
    }
}
