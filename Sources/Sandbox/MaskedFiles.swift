/// What stands in the place of files in `/proc` that tell of the machine.
struct MaskedFiles {
    let variations: SandboxPlan.Variations

    /// Paths and contents.
    var all: [(path: String, text: String)] {
        var files: [(String, String)] = []
        if let release = variations.kernelRelease { files.append(("/proc/sys/kernel/osrelease", release + "\n")) }
        if let version = variations.kernelVersion { files.append(("/proc/sys/kernel/version", version + "\n")) }
        if variations.kernelRelease != nil || variations.kernelVersion != nil {
            let truth = SystemFile.text("/proc/version") ?? ""
            files.append(("/proc/version", kernel(truth)))
        }
        if !variations.hiddenProcessorFeatures.isEmpty || variations.processors != nil {
            let truth = SystemFile.text("/proc/cpuinfo") ?? ""
            files.append(("/proc/cpuinfo", processors(truth)))
        }
        return files
    }

    /// `/proc/version` begins with three words, of which the last is the release, and has the version behind a number sign.
    func kernel(_ truth: String) -> String {
        var text = truth
        if let release = variations.kernelRelease {
            var words = text.split(separator: " ", omittingEmptySubsequences: false)
            if words.count > 2 { words[2] = release[...] }
            text = words.joined(separator: " ")
        }
        if let version = variations.kernelVersion {
            text = (text.firstIndex(of: "#").map { String(text[..<$0]) } ?? text + " ") + version + "\n"
        }
        return text
    }

    /// `/proc/cpuinfo` has a paragraph for each processor.
    func processors(_ truth: String) -> String {
        var text = ""
        var paragraph = 0
        for line in truth.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty { paragraph += 1 }
            if let most = variations.processors, paragraph > Int(most) || (paragraph == Int(most) && !line.isEmpty) {
                continue
            }
            text += withoutHidden(line) + "\n"
        }
        return String(text.dropLast())
    }

    private func withoutHidden(_ line: Substring) -> Substring {
        guard !variations.hiddenProcessorFeatures.isEmpty, line.hasPrefix("flags") || line.hasPrefix("Features"),
            let colon = line.firstIndex(of: ":")
        else { return line }
        let features = line[colon...].split(separator: " ").filter {
            !variations.hiddenProcessorFeatures.contains(String($0))
        }
        return line[..<colon] + features.joined(separator: " ")
    }
}
