import TestSupport
import Testing

@testable import Quorum

@Suite struct InstallabilityTests {
    static let policy = try? Policy.parse(
        "cache a nix \(Samples.nixKey("a", 1)) https://a.example builds\nquorum nix a\n")

    static func path(_ number: Int) -> String { "/nix/store/p\(number)" }

    /// A verdict on a path whose one builder states these references; nil for a path nobody built.
    static func verdict(_ number: Int, _ references: [Int]?, _ selfVerification: SelfVerification = .none) -> Verdict {
        let subject = Subject.storePath(path(number))
        let claims = references.map { references in
            [
                Samples.claim(
                    Samples.key(1), .outcome(Samples.outcome(number, references: references.map(path))), of: subject)
            ]
        }
        return tally(
            subject, claims: claims ?? [], policy: policy ?? .empty,
            context: Samples.context { $0.selfVerification = selfVerification })
    }

    static func answers(_ verdicts: [Verdict]) -> [Int: Installability] {
        let bySubject = Dictionary(uniqueKeysWithValues: verdicts.map { ($0.subject, $0) })
        let answers = installable(verdicts: bySubject)
        #expect(answers.count == verdicts.count)
        return Dictionary(
            uniqueKeysWithValues: answers.compactMap { subject, answer in
                Int(subject.description.dropFirst("/nix/store/p".count)).map { ($0, answer) }
            })
    }

    static func blocked(by culprit: Int, via: Int?, _ reason: Installability.Blocker.Reason) -> Installability {
        .blocked(
            .init(culprit: .storePath(path(culprit)), via: via.map { .storePath(path($0)) }, reason: reason))
    }

    @Test func closuresMustBeAccepted() {
        let answers = Self.answers([
            Self.verdict(1, [2, 3]), Self.verdict(2, [4]), Self.verdict(3, []), Self.verdict(4, nil),
            Self.verdict(5, [3, 5]), Self.verdict(6, [9]),
        ])
        #expect(answers[1] == Self.blocked(by: 4, via: 2, .verdict("unclaimed")))
        #expect(answers[2] == Self.blocked(by: 4, via: 4, .verdict("unclaimed")))
        #expect(answers[3] == .installable)
        #expect(answers[4] == Self.blocked(by: 4, via: nil, .verdict("unclaimed")))
        #expect(answers[5] == .installable)
        #expect(answers[6] == Self.blocked(by: 9, via: 9, .noVerdict))
        #expect(answers[1]?.isInstallable == false)
    }

    @Test func cyclesAreHarmless() {
        let good = Self.answers([Self.verdict(1, [2]), Self.verdict(2, [3]), Self.verdict(3, [1, 3])])
        #expect(good.values.allSatisfy { $0.isInstallable })
        let bad = Self.answers([
            Self.verdict(1, [2]), Self.verdict(2, [3]), Self.verdict(3, [1, 4]), Self.verdict(4, nil),
        ])
        #expect(bad.values.allSatisfy { !$0.isInstallable })
        #expect(bad[1] == Self.blocked(by: 4, via: 2, .verdict("unclaimed")))
    }

    @Test func selfVerifyingPathsCountAndTheirReferencesToo() {
        let answers = Self.answers([
            Self.verdict(1, [2, 3]), Self.verdict(2, nil, .commitsToContent),
            Self.verdict(3, nil, .committed(Samples.outcome(3))),
            Self.verdict(4, nil, .committed(Samples.outcome(3, references: [Self.path(5)]))), Self.verdict(5, nil),
        ])
        #expect(answers[1] == .installable)
        #expect(answers[4] == Self.blocked(by: 5, via: 5, .verdict("unclaimed")))
    }

    @Test func theNearestCulpritIsNamed() {
        let answers = Self.answers([
            Self.verdict(1, [2, 7]), Self.verdict(2, [3]), Self.verdict(3, nil), Self.verdict(7, [8, 9]),
            Self.verdict(9, nil), Self.verdict(8, nil), Self.verdict(4, [1]),
        ])
        #expect(answers[7] == Self.blocked(by: 8, via: 8, .verdict("unclaimed")))
        #expect(answers[1] == Self.blocked(by: 3, via: 2, .verdict("unclaimed")))
        guard case .blocked(let blocker) = answers[4] else { return #expect(Bool(false)) }
        #expect(blocker.description == "it refers to /nix/store/p3, which is unclaimed (through /nix/store/p1)")
    }

    @Test func longChainsNeedNoStack() {
        let count = 20_000
        var verdicts = (0..<count).map { Self.verdict($0, [$0 + 1]) }
        verdicts.append(Self.verdict(count, nil))
        let answers = Self.answers(verdicts)
        #expect(answers[0] == Self.blocked(by: count, via: 1, .verdict("unclaimed")))
        verdicts[count] = Self.verdict(count, [])
        #expect(Self.answers(verdicts)[0] == .installable)
    }

    @Test func agreesWithTheDefinition() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<300 {
            let count = Int.random(in: 1...12, using: &generator)
            let references = (0..<count).map { _ -> [Int]? in
                guard Int.random(in: 0..<8, using: &generator) > 0 else { return nil }
                return (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                    Int.random(in: 0..<count, using: &generator)
                }
            }
            let answers = Self.answers(references.enumerated().map { Self.verdict($0, $1) })
            for start in 0..<count {
                var reached: Set<Int> = [start]
                var open = [start]
                while let next = open.popLast() {
                    for reference in references[next] ?? [] where reached.insert(reference).inserted {
                        open.append(reference)
                    }
                }
                #expect(answers[start]?.isInstallable == reached.allSatisfy { references[$0] != nil })
            }
        }
    }
}
