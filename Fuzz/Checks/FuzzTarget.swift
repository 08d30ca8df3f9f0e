/// One parser of hostile input together with what it promises about every input.
///
/// The fuzzer and the ordinary tests run the same checks: the fuzzer over inputs that it makes up, the tests over those
/// that are kept in `Fuzz/Corpus`.
package struct FuzzTarget: Sendable, CustomStringConvertible {
    /// What a parser made of an input.
    package enum Answer: Hashable, Sendable {
        case accepted
        case refused
    }

    /// The name of the target, and of its folder in `Fuzz/Corpus`.
    package let name: String

    /// The longest input worth trying, in bytes: what is interesting in a format fits into less.
    package let maximumLength: Int

    /// Whether the library behind the parser takes its time, so that an ordinary test tries fewer inputs.
    package let isSlow: Bool

    /// Gives the input to the parser.
    ///
    /// - Throws: ``BrokenPromise`` when the parser's answer is wrong. To refuse an input is never wrong here: what must
    ///   be accepted says its name in the corpus.
    package let check: @Sendable (_ input: [UInt8]) throws(BrokenPromise) -> Answer

    init(
        _ name: String, maximumLength: Int = 4096, isSlow: Bool = false,
        _ check: @escaping @Sendable ([UInt8]) throws(BrokenPromise) -> Answer
    ) {
        self.name = name
        self.maximumLength = maximumLength
        self.isSlow = isSlow
        self.check = check
    }

    package var description: String { name }

    /// Every target, in the order in which `make fuzz` runs them.
    package static let all =
        formatTargets + narTargets + derivationTargets + buildingTargets + [
            policyTarget, claimTarget, ownBuildTarget, originTarget,
        ]
        + clientTargets + guixTargets + decompressionTargets + logTargets + witnessTargets + attestationTargets
}

/// A parser did what it must not do.
package struct BrokenPromise: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Demands that something is true.
func promise(_ isKept: Bool, _ otherwise: @autoclosure () -> String) throws(BrokenPromise) {
    guard isKept else { throw BrokenPromise(otherwise()) }
}

/// Demands that something which must succeed does.
func succeed<Value>(_ what: String, _ body: () throws -> Value) throws(BrokenPromise) -> Value {
    do {
        return try body()
    } catch {
        throw BrokenPromise("\(what) is refused: \(error)")
    }
}
