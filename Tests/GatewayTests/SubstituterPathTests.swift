import Testing

@testable import Gateway

@Suite("Names that package managers ask for")
struct SubstituterPathTests {
    private static let good = "0123456789abcdfghijklmnpqrsvwxyz"

    @Test("32 digits of nix32 are a hash part")
    func accepts() {
        #expect(SubstituterPath.hashPart("\(Self.good).narinfo", suffix: ".narinfo") == Self.good)
    }

    @Test(
        "Anything else is not",
        arguments: [
            "/.narinfo", "/", ".narinfo", "", "/a.narinfo", "//\(good).narinfo", "/x/\(good).narinfo",
            "/\(good)0.narinfo", "/\(good.dropLast()).narinfo", "/\(good.dropLast())e.narinfo",
            "/\(good.dropLast())o.narinfo", "/\(good.dropLast())t.narinfo", "/\(good.dropLast())u.narinfo",
            "/\(good.uppercased()).narinfo", "/\(good.dropLast())%7a.narinfo", "/\(good.dropLast(2))é.narinfo",
            "/\(good.dropLast())\u{0}.narinfo", "/../\(good.dropLast(3)).narinfo",
        ])
    func refuses(path: String) { #expect(SubstituterPath.hashPart(path.dropFirst(), suffix: ".narinfo") == nil) }
}
