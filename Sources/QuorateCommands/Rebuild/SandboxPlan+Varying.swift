internal import Sandbox

extension SandboxPlan {
    /// Sets a variable, in its place or behind all others.
    mutating func set(_ name: String, _ value: String) {
        let variable = Variable(SandboxString(name), SandboxString(value))
        if let index = environment.firstIndex(where: { $0.name == variable.name }) {
            environment[index] = variable
        } else {
            environment.append(variable)
        }
    }

    /// Turns the folders of PATH round; where there is one, an empty one comes before it.
    mutating func reversePath() {
        guard let index = environment.firstIndex(where: { $0.name == SandboxString("PATH") }) else { return }
        let folders = environment[index].value.bytes.split(separator: UInt8(ascii: ":"))
        let turned: [ArraySlice<UInt8>] =
            folders.count > 1 ? Array(folders.reversed()) : [ArraySlice(Array("/nothing-here".utf8))] + folders
        environment[index].value = SandboxString(bytes: Array(turned.joined(separator: [UInt8(ascii: ":")])))
    }

    /// Gives the builder other ids, and says so in the files that name them.
    mutating func changeIDs(user: UInt32, group: UInt32) {
        let old = identity
        identity.user = user
        identity.group = group
        replace(":\(old.user):\(old.group):", by: ":\(user):\(group):", in: "/etc/passwd")
        replace(":\(old.group):", by: ":\(group):", in: "/etc/group")
    }

    /// Changes the text of a file that the plan makes.
    mutating func replace(_ text: String, by other: String, in file: String) {
        for (index, step) in steps.enumerated() {
            guard case .file(file, let bytes, let mode) = step else { continue }
            let changed = String(decoding: bytes, as: UTF8.self).replacing(text, with: other)
            steps[index] = .file(file, Array(changed.utf8), mode: mode)
        }
    }
}
