import Building
import Sandbox
import Testing

@testable import QuorateCommands

@Suite("Conditions that are varied")
struct BuildConditionTests {
    private var plan: SandboxPlan {
        var plan = SandboxPlan(
            root: "/r", executable: "/bin/sh", arguments: ["sh"],
            environment: [.init("PATH", "/a/bin:/b/bin"), .init("HOME", "/homeless-shelter")])
        plan.steps = [
            .file("/etc/passwd", Array("root:x:0:0::/build:/noshell\nnixbld:x:1000:100:x:/build:/noshell\n".utf8)),
            .file("/etc/group", Array("nixbld:!:100:\n".utf8)),
        ]
        return plan
    }

    @Test("Each changes something, under a name of its own") func each() {
        let all = BuildCondition.all(cores: 1)
        #expect(Set(all.map(\.name)).count == all.count)
        for condition in all {
            let conditions = BuildCondition.conditions(varying: [condition])
            var changed = plan
            conditions.adjust(&changed)
            #expect(changed != plan || conditions.cores != nil || conditions.buildFolder != nil, "\(condition.name)")
        }
    }

    @Test("What the machine has not is not taken away") func machine() {
        let bare = BuildCondition.all(cores: 1, processor: ProcessorTraits(count: 1, hideable: []))
        let rich = BuildCondition.all(cores: 1, processor: ProcessorTraits(count: 2, hideable: ["avx"]))
        #expect(Set(rich).subtracting(bare).map(\.name).sorted() == ["CPU features", "processors"])
        #expect(
            ProcessorTraits.hideable(in: "processor : 0\nflags\t\t: fpu sse2 avx512f ssse3\n\nflags : avx2\n")
                == ["avx512f", "ssse3"])
        #expect(ProcessorTraits.hideable(in: "Features\t: fp asimd atomics\n") == ["asimd", "atomics"])
        #expect(ProcessorTraits.hideable(in: "") == [])
    }

    @Test("None changes nothing") func none() {
        let conditions = BuildCondition.conditions(varying: [])
        var same = plan
        conditions.adjust(&same)
        #expect(same == plan)
        #expect(conditions.cores == nil)
        #expect(conditions.buildFolder == nil)
    }

    @Test("All together fit each other") func all() {
        let conditions = BuildCondition.conditions(varying: BuildCondition.all(cores: 3))
        #expect(conditions.cores == 5)
        var changed = plan
        conditions.adjust(&changed)
        #expect(changed.environment.first == .init("PATH", "/b/bin:/a/bin"))
        #expect(changed.environment.contains(.init("HOME", "/home/of/another")))
        #expect(changed.environment.filter { $0.name == "HOME" }.count == 1)
        guard case .file(_, let passwd, _) = changed.steps[0], case .file(_, let group, _) = changed.steps[1] else {
            Issue.record("other steps")
            return
        }
        #expect(String(decoding: passwd, as: UTF8.self).hasSuffix("somebody:x:4321:1234:x:/build:/noshell\n"))
        #expect(String(decoding: passwd, as: UTF8.self).hasPrefix("root:x:0:0:"))
        #expect(String(decoding: group, as: UTF8.self) == "nixbld:!:1234:\n")
    }
}
