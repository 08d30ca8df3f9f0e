import Foundation
import Testing

@Suite struct SourceRuleTests {
    /// What traps, hides an error or escapes the compiler's checks has no place in the sources.
    private static let refused = [
        "try!", "as!", "fatalError(", "nonisolated(unsafe)", "@preconcurrency", "unsafeBitCast", "TODO", "FIXME", "XXX",
    ]

    @Test func noFileIsLong() {
        for file in SourceTree.swiftFiles(in: "Sources") {
            #expect(file.lines.count <= 600, "\(file.path): \(file.lines.count) lines; split it")
        }
    }

    @Test(arguments: refused)
    func noFileSays(_ word: String) {
        for file in SourceTree.swiftFiles(in: "Sources") {
            for (index, line) in file.lines.enumerated() {
                let code = line.drop { $0 == " " }
                guard code.contains(word), !code.hasPrefix("//") || word.allSatisfy(\.isUppercase) else { continue }
                Issue.record("\(file.path):\(index + 1): \(word)")
            }
        }
    }

    /// Where the compiler is told to look away, a comment right above says why that is safe.
    @Test func uncheckedSendableIsExplained() {
        for file in SourceTree.swiftFiles(in: "Sources") {
            for (before, line) in zip(file.lines, file.lines.dropFirst()) where line.contains("@unchecked Sendable") {
                #expect(before.drop { $0 == " " }.hasPrefix("//"), "\(file.path): \(line)")
            }
        }
    }

    /// What others may build upon is in two modules; the rest is the program's own.
    @Test func publicIsOnlyWhatOthersMayUse() {
        for module in ImportRules.order where module != "Quorum" && module != "StoreFormats" {
            for file in SourceTree.swiftFiles(in: "Sources/\(module)") {
                for (index, line) in file.lines.enumerated() {
                    let words = line.split(separator: " ")
                    guard words.first == "public" || words.first == "open" else { continue }
                    Issue.record("\(file.path):\(index + 1): 'package' is enough")
                }
            }
        }
    }

    @Test(arguments: ImportRules.order)
    func everyModuleHasTests(_ module: String) {
        let folder = ImportRules.testsElsewhere[module] ?? "\(module)Tests"
        let files = SourceTree.swiftFiles(in: "Tests/\(folder)")
        #expect(
            files.contains { $0.lines.contains { $0.contains("@Test") } }, "Tests/\(folder) has no test of \(module)")
    }

    /// A link in a page that leads nowhere is a promise not kept.
    @Test(arguments: ["README.md", "CONTRIBUTING.md"] + SourceTree.pages)
    func linksLeadSomewhere(_ page: String) throws {
        let text = try #require(SourceTree.text(page))
        let folder = page.split(separator: "/").dropLast().joined(separator: "/")
        for piece in text.components(separatedBy: "](").dropFirst() {
            let target = piece.prefix { $0 != ")" && $0 != "#" }
            guard !target.isEmpty, !target.contains("://") else { continue }
            let path = folder.isEmpty ? String(target) : "\(folder)/\(target)"
            #expect(SourceTree.exists(path), "\(page): \(target)")
        }
    }
}
