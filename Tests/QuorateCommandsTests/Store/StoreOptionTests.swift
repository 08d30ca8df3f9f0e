import ArgumentParser
import Testing

@testable import QuorateCommands

/// Command lines that cannot be meant are refused before anything is opened.
@Suite struct StoreOptionTests {
    @Test(arguments: [
        ["publish", "--to", "c"], ["publish", "--to", "c", "--all", "/nix/store/x"], ["publish", "--all"],
        ["publish", "--to", "c", "--all", "--sign-all"], ["publish", "--to", "c", "--all", "--jobs", "0"],
        ["publish", "--to", "c", "--all", "--compression", "lzip"], ["add", "--name", "a b", "f"],
        ["add", "--name", "a", "f", "g"], ["add", "--hash-algo", "crc32", "f"], ["list", "--paths", "--json"],
        ["export", "--nar", "a", "b"], ["export", "--nar", "--closure", "a"], ["gc", "--max-freed", "many"],
        ["root", "add", "--name", "n", "--link", "l", "p"], ["serve", "--listen", "nowhere"],
        ["import", "--name", "/"], ["publish", "--to", "c", "--gnu", "/gnu/store/x"],
        ["verify", "--store", ""],
    ])
    func refuses(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try StoreCommand.parseAsRoot(arguments) }
    }

    @Test(arguments: [
        ["publish", "--to", "c", "--all"], ["publish", "--to", "c", "-k", "key", "--sign-all", "-"],
        ["publish", "--to", "c", "--all", "--gnu"], ["gc", "--dry-run", "--max-freed", "10G"],
        ["root", "add", "--link", "result", "p"], ["import"], ["du"],
        ["serve", "--compression", "zstd", "--listen", "[::1]:0"],
    ])
    func takes(_ arguments: [String]) throws {
        #expect(throws: Never.self) { try StoreCommand.parseAsRoot(arguments) }
    }

    @Test(arguments: [
        ("./source", "source"), ("/a/b-1.0.tar.gz", "b-1.0.tar.gz"), ("folder/", "folder"), ("x/./y", "y"),
    ])
    func namesComeFromFiles(_ file: String, _ name: String) throws {
        #expect(try StoreAddCommand.name(of: file) == name)
    }

    @Test(arguments: ["/", "a b", "..", "ä"])
    func namesThatCannotBe(_ file: String) {
        #expect { _ = try StoreAddCommand.name(of: file) } throws: { ($0 as? CommandError)?.status == .usage }
    }

    @Test(arguments: [("/a/./b//c/", "/a/b/c"), ("/", "/"), ("/../x", "/../x")])
    func absolutePaths(_ path: String, _ simple: String) throws {
        #expect(try Files.absolute(path) == simple)
        #expect(try Files.absolute("x").hasPrefix("/"))
    }

    @Test(arguments: [
        (["HOME": "/home/ada"], "/home/ada/.local/share/quorate/store"),
        (["HOME": "/home/ada", "XDG_DATA_HOME": "/big"], "/big/quorate/store"),
        (["HOME": "/home/ada", "QUORATE_HOME": "/q"], "/q/store"),
    ])
    func theStoreIsData(_ environment: [String: String], _ folder: String) throws {
        #expect(try Places(environment: environment).store == folder)
    }
}
