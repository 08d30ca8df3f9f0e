import ClientSetup
import FoundationEssentials
import Glibc

/// Files of `Tests/Fixtures/client`; its README says where they come from.
enum Fixture {
    static func bytes(_ name: String, from file: String = #filePath) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: path(name, from: file))))
    }

    static func root(_ name: String, from file: String = #filePath) -> ClientRoot {
        ClientRoot(path(name, from: file))
    }

    private static func path(_ name: String, from file: String) -> String {
        let tests = file.split(separator: "/").dropLast(2).joined(separator: "/")
        return "/\(tests)/Fixtures/client/\(name)"
    }

    /// Holds the folders of this process, and goes with it.
    private static let base: String = {
        atexit { try? FileManager.default.removeItem(atPath: Fixture.base) }
        return FileManager.default.temporaryDirectory.path + "/client-setup-\(UUID().uuidString)"
    }()

    /// A folder with the given files below it, gone with the test's process.
    static func root(files: [String: String]) throws -> ClientRoot {
        let folder = "\(base)/\(UUID().uuidString)"
        for (path, text) in files {
            let file = folder + path
            let parent = file.split(separator: "/").dropLast().joined(separator: "/")
            try FileManager.default.createDirectory(atPath: "/\(parent)", withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: file))
        }
        return ClientRoot(folder)
    }
}
