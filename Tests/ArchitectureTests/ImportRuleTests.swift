import Testing

@Suite struct ImportRuleTests {
    /// Folders of Swift modules: those of system libraries hold a module map and a header.
    static let modules = SourceTree.folders(in: "Sources").filter {
        !SourceTree.swiftFiles(in: "Sources/\($0)").isEmpty
    }

    @Test func sourcesAreFound() {
        #expect(Self.modules.contains("Quorum"))
        #expect(Set(Self.modules) == Set(ImportRules.order))
    }

    @Test(arguments: modules)
    func importsOnlyWhatItMay(_ module: String) {
        for file in SourceTree.swiftFiles(in: "Sources/\(module)") {
            for (imported, line) in file.imports {
                let objection = ImportRules.objection(to: imported, in: module)
                #expect(objection == nil, "\(file.path):\(line): \(objection ?? "")")
            }
        }
    }

    @Test func ruleRefusesWhatItShould() {
        #expect(ImportRules.objection(to: "Gateway", in: "Quorum") != nil)
        #expect(ImportRules.objection(to: "Glibc", in: "Quorum") != nil)
        #expect(ImportRules.objection(to: "Quorum", in: "Quorum") != nil)
        #expect(ImportRules.objection(to: "GRDB", in: "Gateway") != nil)
        #expect(ImportRules.objection(to: "Foundation", in: "QuorateCommands") != nil)
        #expect(ImportRules.objection(to: "Unheard", in: "QuorateCommands") != nil)
        #expect(ImportRules.objection(to: "Quorum", in: "Unheard") != nil)
        #expect(ImportRules.objection(to: "Quorum", in: "Gateway") == nil)
        #expect(ImportRules.objection(to: "GRDB", in: "LedgerSQLite") == nil)
    }

    @Test(arguments: [
        ("import Glibc", "Glibc"), ("internal import NIOCore", "NIOCore"),
        ("@testable import QuorateCommands", "QuorateCommands"), ("  import struct Foundation.Data", "Foundation"),
        ("@preconcurrency package import Logging", "Logging"), ("// import Nothing", nil), ("important thing", nil),
        ("", nil),
    ])
    func readsImportLines(_ line: String, _ module: String?) {
        #expect(SourceTree.importedModule(line[...]) == module)
    }

    /// The page for people says the same order.
    @Test func architecturePageHasTheOrder() throws {
        let page = try #require(SourceTree.text("docs/architecture.md"))
        let paragraphs = page.split(separator: "\n").filter { $0.hasPrefix("**") }.compactMap { line in
            line.dropFirst(2).split(separator: "*").first.map(String.init)
        }
        #expect(paragraphs == ImportRules.order)
    }

    /// Every package that the manifest names has its line with the reason.
    @Test func dependencyPageHasEveryPackage() throws {
        let page = try #require(SourceTree.text("docs/dependencies.md"))
        let manifest = try #require(SourceTree.text("Package.swift"))
        for line in manifest.split(separator: "\n") where line.contains(".package(url:") {
            let address = try #require(line.split(separator: "\"").first { $0.hasPrefix("https://") })
            var name = String(try #require(address.split(separator: "/").last))
            if name.hasSuffix(".swift") { name = String(name.dropLast(6)) }
            #expect(page.contains("| \(name) "), "docs/dependencies.md has no line for \(name)")
        }
    }
}
