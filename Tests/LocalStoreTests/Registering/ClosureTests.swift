import Foundation
import LocalStore
import LocalStoreSQLite
import StoreFormats
import TestSupport
import Testing

struct ClosureTests {
    /// Registered without contents, as the host's.
    private func fill(_ store: LocalStore, _ references: [[Int]]) async throws {
        let hash = try #require(NarHash([UInt8](repeating: 1, count: 32)))
        let infos = try references.enumerated().map { index, references in
            PathInfo(
                path: try StoreSample.path(index), narHash: hash, narSize: 1,
                references: try references.map { try StoreSample.path($0) }, origin: .host)
        }
        try await store.register(infos.map { NewPath(info: $0, from: nil) })
    }

    private func expectOrder(_ closure: [StorePath], _ references: [[Int]]) throws {
        let place = Dictionary(uniqueKeysWithValues: closure.enumerated().map { ($1, $0) })
        for (index, list) in references.enumerated() {
            guard let own = place[try StoreSample.path(index)] else { continue }
            for reference in list where reference != index {
                let other = try #require(place[try StoreSample.path(reference)])
                #expect(other < own)
            }
        }
    }

    /// Small ones are asked row by row, large ones read the table from end to end: both give the same.
    @Test(arguments: [30, 3000])
    func randomGraphs(_ count: Int) async throws {
        let sample = try await StoreSample()
        var generator = SeededGenerator(seed: UInt64(count))
        let references = (0..<count).map { index in
            index == 0 ? [] : (0..<3).map { _ in Int.random(in: 0..<index, using: &generator) } + [index]
        }
        try await fill(sample.store, references)
        for start in [0, 1, count / 2, count - 1] {
            var expected: Set<Int> = []
            var work = [start]
            while let next = work.popLast() {
                if expected.insert(next).inserted { work += references[next] }
            }
            let closure = try await sample.store.closure(of: [StoreSample.path(start)])
            #expect(Set(closure) == Set(try expected.map { try StoreSample.path($0) }))
            #expect(closure.count == expected.count)
            try expectOrder(closure, references)
        }
        let all = try (0..<count).map { try StoreSample.path($0) }
        #expect(try await sample.store.closure(of: all).count == count)
        let referrers = try await sample.store.referrers(of: StoreSample.path(0))
        let expected = try references.indices.filter { $0 != 0 && references[$0].contains(0) }
            .map { try StoreSample.path($0) }.sorted()
        #expect(referrers == expected)
    }

    @Test func chainsAreNoTrouble() async throws {
        let sample = try await StoreSample()
        let references = (0..<5000).map { $0 == 0 ? [] : [$0 - 1] }
        try await fill(sample.store, references)
        let closure = try await sample.store.closure(of: [StoreSample.path(4999)])
        #expect(closure.count == 5000)
        #expect(try closure.first == StoreSample.path(0))
    }

    @Test func unknownStartsAreRefused() async throws {
        let sample = try await StoreSample()
        await StoreSample.expect(.notValid) { _ = try await sample.store.closure(of: [StoreSample.path(1)]) }
        #expect(try await sample.store.closure(of: []).isEmpty)
    }

    @Test func listsOfForeignStores() async throws {
        let hash = try #require(NarHash([UInt8](repeating: 1, count: 32)))
        let infos = try (0..<4).map { index in
            PathInfo(
                path: try StoreSample.path(index), narHash: hash, narSize: 1,
                references: index == 0 ? [] : [try StoreSample.path(index - 1), try StoreSample.path(index)])
        }
        let known = KnownPaths(directory: .nix, infos: infos)
        #expect(try await known.closure(of: [infos[2].path]) == infos[0...2].map(\.path))
        #expect(try await known.closureInfos(of: [infos[2].path]).allSatisfy { $0.origin == .host })
        await StoreSample.expect(.notValid) { _ = try await known.closure(of: [StoreSample.path(9)]) }
    }
}
