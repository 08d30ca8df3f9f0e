import Building
import Foundation
import LocalStore
import StoreFormats
import TestSupport
import Testing

/// The same derivations, built by nix and by us: equal NAR hashes, and failures of the same.
@Suite(.enabled(if: Workshop.nixObstacle == nil, "needs nix-build, root, /bin/bash and namespaces"))
struct NixComparisonTests {
    @Test(.timeLimit(.minutes(5))) func agree() async throws {
        let nix = try NixPeer()
        let drvs = try nix.instantiate("compare.nix")
        #expect(drvs.count == 24)
        let valid = try nix.realise(drvs)
        let workshop = try await Workshop()
        let files = try DerivationFiles(files: drvs.map { nix.root + $0 }, folders: [nix.root + "/nix/store"])
        var options = Workshop.options
        options.keepsGoing = true
        let builder = Builder(store: workshop.store, derivations: files, options: options)
        let report = try await builder.realise(files.paths.map { .derivation($0, .all) })
        for path in files.paths {
            for output in try await builder.derivation(path).outputs {
                let physical = nix.root + output.path.path
                // What nix refuses may be left on its disk without being valid.
                let theirs =
                    valid.contains(path.path)
                    ? try NarHasher.hash(path: physical, limits: .standard).hash : nil
                let ours = report.realised[output.path]?.narHash
                #expect(
                    theirs == ours,
                    "\(output.path.name): \(report.outcomes[path].map { "\($0)" } ?? "") \(Self.difference(physical, workshop.store.physicalPath(of: output.path)))"
                )
            }
        }
    }

    /// The first lines of both, where they are files.
    private static func difference(_ left: String, _ right: String) -> String {
        let texts = [left, right].map { (try? String(contentsOfFile: $0, encoding: .utf8)) ?? "" }
        let lines = texts.map { $0.split(separator: "\n", omittingEmptySubsequences: false) }
        let count = max(lines[0].count, lines[1].count)
        for index in 0..<count {
            let pair = lines.map { index < $0.count ? String($0[index]) : "(none)" }
            if pair[0] != pair[1] { return "line \(index + 1): nix '\(pair[0])', ours '\(pair[1])'" }
        }
        return ""
    }
}
