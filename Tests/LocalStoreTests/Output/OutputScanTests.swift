import Foundation
import Glibc
import LocalStore
import StoreFormats
import TestSupport
import Testing

struct OutputScanTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func scan(
        _ name: String, candidates: [StorePath] = [], _ canonicalisation: Canonicalisation? = .standard,
        threads: Int = 2
    ) throws -> OutputScan.Result {
        try OutputScan.run(
            folder.file(name), candidates: candidates, canonicalising: canonicalisation, threads: threads)
    }

    private func status(_ name: String) -> stat {
        var status = stat()
        #expect(lstat(folder.file(name), &status) == 0)
        return status
    }

    /// A tree with files around every border that the scan knows.
    private func makeTree() throws {
        var generator = SeededGenerator(seed: 7)
        let sizes = [
            0, 1, 7, 8, 9, 4095, 65_536, 262_143, 262_144, 524_287, 524_288, 1 << 20, (1 << 20) + 1, 3_000_000,
        ]
        for (index, size) in sizes.enumerated() {
            var bytes = [UInt8](repeating: 0, count: size)
            bytes.withUnsafeMutableBytes { buffer in
                for offset in stride(from: 0, to: size, by: 8) {
                    buffer[offset] = UInt8(truncatingIfNeeded: generator.next())
                }
            }
            try folder.write("tree/sub\(index % 3)/file\(index)", bytes)
        }
        for index in 0..<700 { try folder.write("tree/many/d\(index % 40)/f\(index)", "file \(index)") }
        try FileManager.default.createDirectory(atPath: folder.file("tree/empty"), withIntermediateDirectories: true)
        #expect(symlink("many/d1", folder.file("tree/link")) == 0)
        #expect(symlink("/nowhere", folder.file("tree/many/dangling")) == 0)
        #expect(chmod(folder.file("tree/sub1/file1"), 0o755) == 0)
    }

    @Test(arguments: [1, 2, 5])
    func agreesWithTheDumper(_ threads: Int) throws {
        try makeTree()
        let untouched = try scan("tree", nil, threads: threads)
        #expect(untouched.digest == (try NarHasher.hash(path: folder.file("tree"))))
        let canonical = try scan("tree", threads: threads)
        #expect(canonical.digest == untouched.digest)
        #expect(canonical.digest == (try NarHasher.hash(path: folder.file("tree"))))
        #expect(canonical.entries == untouched.entries)
    }

    @Test func singleFileAndLink() throws {
        try folder.write("file", "hello")
        #expect(symlink("file", folder.file("link")) == 0)
        for name in ["file", "link"] {
            #expect(try scan(name).digest == NarHasher.hash(path: folder.file(name)))
        }
        #expect(status("file").st_mode & 0o7777 == 0o444)
        #expect(status("link").st_mtim.tv_sec == 1)
    }

    @Test func makesMetadataCanonical() throws {
        try folder.write("tree/a/plain", "1")
        try folder.write("tree/a/program", "2")
        try folder.write("tree/a/setuid", "3")
        try folder.write("tree/closed/file", "4")
        #expect(chmod(folder.file("tree/a/program"), 0o700) == 0)
        #expect(chmod(folder.file("tree/a/setuid"), 0o6755) == 0)
        #expect(chmod(folder.file("tree/closed/file"), 0) == 0)
        #expect(chmod(folder.file("tree/closed"), 0) == 0)
        let before = try scan("tree").digest
        #expect(status("tree/a/plain").st_mode & 0o7777 == 0o444)
        #expect(status("tree/a/program").st_mode & 0o7777 == 0o555)
        #expect(status("tree/a/setuid").st_mode & 0o7777 == 0o555)
        #expect(status("tree/closed/file").st_mode & 0o7777 == 0o444)
        for name in ["tree", "tree/a", "tree/closed"] { #expect(status(name).st_mode & 0o7777 == 0o555) }
        for name in ["tree", "tree/a", "tree/a/plain", "tree/closed/file"] {
            let status = status(name)
            #expect(status.st_mtim.tv_sec == 1 && status.st_mtim.tv_nsec == 0)
            #expect(status.st_uid == geteuid())
        }
        #expect(try scan("tree").digest == before)
    }

    @Test func keepsHardLinks() throws {
        try folder.write("tree/a", "shared")
        #expect(link(folder.file("tree/a"), folder.file("tree/b")) == 0)
        _ = try scan("tree")
        #expect(status("tree/a").st_ino == status("tree/b").st_ino)
    }

    @Test func changesNothingWhenNotAsked() throws {
        try folder.write("tree/a", "1")
        #expect(chmod(folder.file("tree/a"), 0o640) == 0)
        _ = try scan("tree", nil)
        #expect(status("tree/a").st_mode & 0o7777 == 0o640)
        #expect(status("tree/a").st_mtim.tv_sec > 1)
    }

    @Test func refusesWhatIsNoFile() async throws {
        try folder.write("tree/a", "1")
        #expect(mkfifo(folder.file("tree/pipe"), 0o644) == 0)
        await StoreSample.expect(.unsupportedFile) { _ = try scan("tree") }
    }

    @Test func refusesFilesOfOthers() async throws {
        try folder.write("tree/a", "1")
        await StoreSample.expect(.foreignOwner) { _ = try scan("tree", Canonicalisation(builder: geteuid() + 1)) }
    }

    @Test func linksLeadNowhere() throws {
        try folder.write("outside/secret", "secret")
        try folder.write("tree/a", "1")
        #expect(symlink("../outside", folder.file("tree/folder")) == 0)
        #expect(symlink("../outside/secret", folder.file("tree/file")) == 0)
        #expect(chmod(folder.file("outside/secret"), 0o600) == 0)
        _ = try scan("tree")
        #expect(status("outside/secret").st_mode & 0o7777 == 0o600)
        #expect(status("outside/secret").st_mtim.tv_sec > 1)
    }

    @Test func refusesTreesThatAreTooDeep() async throws {
        let deep = "tree/" + (0..<300).map { _ in "d" }.joined(separator: "/")
        try FileManager.default.createDirectory(atPath: folder.file(deep), withIntermediateDirectories: true)
        await StoreSample.expect(.limitExceeded) { _ = try scan("tree") }
    }

    @Test func namesAreBytes() throws {
        try FileManager.default.createDirectory(atPath: folder.file("tree"), withIntermediateDirectories: true)
        let names: [[UInt8]] = [[0xff, 0xfe], [0x61], [0x61, 0x62], [0xc3, 0xa4], [0x20, 0x0a]]
        for name in names {
            let path = Array(folder.file("tree/").utf8) + name + [0]
            let number = path.withUnsafeBytes { bytes in
                bytes.baseAddress.map { open($0.assumingMemoryBound(to: CChar.self), O_WRONLY | O_CREAT, 0o644) } ?? -1
            }
            #expect(number >= 0)
            close(number)
        }
        #expect(try scan("tree").digest == NarHasher.hash(path: folder.file("tree")))
    }

    // MARK: References

    @Test func findsReferences() throws {
        let paths = try (0..<20).map { try StoreSample.path($0) }
        try folder.write("tree/text", "uses \(paths[3].path) and \(paths[4].hashPart)")
        try folder.write("tree/\(paths[5].baseName)/x", "in a name")
        #expect(symlink(paths[6].path + "/bin", folder.file("tree/link")) == 0)
        try folder.write("tree/almost", String(paths[7].hashPart.dropLast()))
        #expect(try scan("tree", candidates: paths).references == paths[3...6].sorted())
        #expect(try scan("tree", candidates: []).references.isEmpty)
    }

    /// The scan cuts files into pieces: nothing is lost at their borders, wherever the hash part stands.
    @Test(arguments: [1, 3])
    func findsReferencesAcrossBorders(_ threads: Int) throws {
        let paths = try (0..<14).map { try StoreSample.path($0) }
        for (index, shift) in [0, 1, 2, 15, 30, 31, 32].enumerated() {
            var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 3 << 20)
            for border in 1...2 {
                let offset = (border << 20) - shift
                bytes.replaceSubrange(offset..<offset + 32, with: Array(paths[2 * index + border - 1].hashPart.utf8))
            }
            try folder.write("tree/large\(index)", bytes)
        }
        #expect(try scan("tree", candidates: paths, threads: threads).references == paths.sorted())
    }
}
