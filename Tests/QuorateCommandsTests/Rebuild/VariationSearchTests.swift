import Testing

@testable import QuorateCommands

@Suite("The search for what matters")
struct VariationSearchTests {
    /// Looks for causes among the numbers from 0 to 14, and counts the tries.
    private func search(_ causes: [Set<Int>]) async -> (found: [[Int]], tries: Int) {
        var tries = 0
        let found = await VariationSearch.culprits(Array(0..<15)) { changes in
            tries += 1
            return causes.contains { $0.isSubset(of: changes) }
        }
        return (found, tries)
    }

    @Test("Nothing matters: one try") func nothing() async {
        let result = await search([])
        #expect(result.found == [])
        #expect(result.tries == 1)
    }

    @Test("One thing is found with a logarithm of tries", arguments: 0..<15)
    func one(_ cause: Int) async {
        let result = await search([[cause]])
        #expect(result.found == [[cause]])
        #expect(result.tries <= 10)
    }

    @Test("Several are found one after the other") func several() async {
        let result = await search([[1], [7], [14]])
        #expect(Set(result.found) == [[1], [7], [14]])
    }

    @Test("What matters only together is found as a group") func together() async {
        #expect(await search([[2, 13]]).found == [[2, 13]])
        #expect(await search([[2, 13], [5]]).found == [[5], [2, 13]])
        #expect(await search([[0, 7, 14]]).found == [[0, 7, 14]])
    }
}
