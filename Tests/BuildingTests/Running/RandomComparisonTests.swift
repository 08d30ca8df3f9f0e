import Building
import Foundation
import LocalStore
import StoreFormats
import TestSupport
import Testing

/// What is never twice the same, built by nix and by us: equal but for what ``NormalisedTree`` takes away.
@Suite(.enabled(if: Workshop.nixObstacle == nil, "needs nix-build, root, /bin/bash and namespaces"))
struct RandomComparisonTests {
    @Test(.timeLimit(.minutes(3))) func agree() async throws {
        let nix = try NixPeer(hasBuildUsers: true)
        let drvs = try nix.instantiate("random.nix")
        #expect(drvs.count >= 5)
        let valid = try nix.realise(drvs)
        #expect(valid == Set(drvs))
        let workshop = try await Workshop()
        let files = try DerivationFiles(files: drvs.map { nix.root + $0 }, folders: [nix.root + "/nix/store"])
        let builder = Builder(store: workshop.store, derivations: files, options: Workshop.options)
        let report = try await builder.realise(files.paths.map { .derivation($0, .all) })
        #expect(report.isComplete, "\(report.failures)")
        for path in files.paths {
            for output in try await builder.derivation(path).outputs {
                let name = String(path.name.dropLast(4))
                let ours = try NormalisedTree(workshop.store.physicalPath(of: output.path), name: name)
                let theirs = try NormalisedTree(nix.root + output.path.path, name: name)
                let areEqual = ours == theirs
                #expect(areEqual, "\(output.path.name): \(ours.difference(to: theirs))")
            }
        }
    }

    /// Nothing is taken away but what is stated.
    @Test(arguments: [
        ("stamp", "built at 17.5\n", "built at 23.7\n", true), ("stamp", "built at 17.5\n", "build at 17.5\n", false),
        ("list", "a\nb\n", "b\na\n", true), ("list", "a\nb\n", "b\nb\n", false), ("other", "a\nb\n", "b\na\n", false),
        ("bin/x", "x<<1 2>>y", "x<<3 4>>y", true), ("bin/x", "x<<1 2>>y", "x<<1 2>>z", false),
        ("bin/x", "1", "2", false),
        ("envdump", "drwxr-xr-x 2 a b 4096 Jan 1 00:00 x", "drwxr-xr-x 7 a b 180 Feb 2 00:00 x", true),
        ("envdump", "drwxr-xr-x 2 a b 4096 Jan 1 00:00 x", "drwxr-xr-x 2 a c 4096 Jan 1 00:00 x", false),
        ("envdump", "crw-rw-rw- 1 a b 1, 7 Jan 1 00:00 x", "crw-rw-rw- 1 a b 1, 3 Jan 1 00:00 x", false),
        ("envdump", "total 8\nPATH=/bin", "total 0\nPATH=/bin", true), ("envdump", "PATH=/bin", "PATH=/usr", false),
    ])
    func normalises(_ file: String, _ left: String, _ right: String, areEqual: Bool) throws {
        let folder = try TemporaryFolder()
        for (side, text) in [("left", left), ("right", right)] { try folder.write("\(side)/\(file)", text) }
        let trees = try ["left", "right"].map { try NormalisedTree(folder.file($0), name: "") }
        #expect((trees[0] == trees[1]) == areEqual)
    }
}
