internal import Glibc

/// What this machine's processors have that a build can be made to do without.
struct ProcessorTraits: Sendable {
    /// How many there are.
    var count: Int
    /// Features, as `/proc/cpuinfo` names them, which not every processor of the kind has.
    var hideable: Set<String>

    /// This machine's.
    static var current: Self {
        let text = (try? Files.read("/proc/cpuinfo")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return Self(count: Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), hideable: hideable(in: text))
    }

    /// The features which some processors lack and for which programs have faster code, of the first paragraph.
    static func hideable(in text: String) -> Set<String> {
        for line in text.split(separator: "\n") where line.hasPrefix("flags") || line.hasPrefix("Features") {
            guard let colon = line.firstIndex(of: ":") else { return [] }
            return Set(
                line[colon...].dropFirst().split(separator: " ").filter { feature in
                    families.contains(where: feature.hasPrefix) || single.contains(String(feature))
                }.map(String.init))
        }
        return []
    }

    /// Beginnings of names.
    private static let families = ["avx", "amx", "sse4", "bmi", "sha", "sve", "sme", "asimd"]
    private static let single: Set<String> = [
        "pni", "ssse3", "fma", "f16c", "popcnt", "aes", "vaes", "pclmulqdq", "vpclmulqdq", "gfni", "movbe", "abm",
        "adx", "erms", "fsrm", "rdrand", "rdseed", "atomics", "crc32", "pmull", "fphp", "i8mm", "bf16",
    ]

    /// What makes the C library choose code for an older processor. A program that asks the processor itself learns the
    /// truth. The names with an ending are those of C libraries before 2.33.
    static let tunables =
        "glibc.cpu.hwcaps="
        + ["AVX512F", "AVX512VL", "AVX2", "AVX", "FMA", "FMA4", "BMI1", "BMI2", "ERMS", "SSE4_2", "SSE4_1", "SSSE3"]
        .flatMap { ["-\($0)", "-\($0)_Usable"] }.joined(separator: ",")
}
