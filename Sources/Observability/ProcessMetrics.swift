import Glibc

/// What the kernel knows about this process, under the names that all Prometheus clients use.
///
/// https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
struct ProcessMetrics: Sendable {
    /// Enough for any of the files read here.
    static let maximumFileSize = 64 * 1024

    struct Reading: Sendable, Equatable {
        var residentBytes: Double?
        var virtualBytes: Double?
        var cpuSeconds: Double?
        /// Since 1970.
        var startSeconds: Double?
        var openDescriptors: Double?
        var maximumDescriptors: Double?
    }

    func register(in registry: PrometheusRegistry) {
        let resident = registry.gauge("process_resident_memory_bytes", help: "Resident memory size in bytes.")
        let virtual = registry.gauge("process_virtual_memory_bytes", help: "Virtual memory size in bytes.")
        let open = registry.gauge("process_open_fds", help: "Number of open file descriptors.")
        let maximum = registry.gauge("process_max_fds", help: "Maximum number of open file descriptors.")
        let start = registry.gauge("process_start_time_seconds", help: "Start time of the process since 1970.")
        let cpu = registry.counter("process_cpu_seconds_total", help: "Total user and system CPU time in seconds.")
        registry.beforeScrape {
            let reading = read()
            reading.residentBytes.map(resident.set)
            reading.virtualBytes.map(virtual.set)
            reading.openDescriptors.map(open.set)
            reading.maximumDescriptors.map(maximum.set)
            reading.startSeconds.map(start.set)
            reading.cpuSeconds.map(cpu.set)
        }
    }

    /// Reads what there is; what cannot be read stays nil and its metric as it was.
    func read() -> Reading {
        var reading = Reading()
        let page = Double(sysconf(Int32(_SC_PAGESIZE)))
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        if let memory = Self.memory(Self.file("/proc/self/statm"), pageSize: page) {
            (reading.virtualBytes, reading.residentBytes) = memory
        }
        if let stat = Self.times(Self.file("/proc/self/stat"), ticksPerSecond: ticks) {
            reading.cpuSeconds = stat.cpu
            if let boot = Self.bootTime(Self.file("/proc/stat")) { reading.startSeconds = boot + stat.start }
        }
        reading.openDescriptors = Self.descriptorCount()
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            reading.maximumDescriptors = limit.rlim_cur == UInt.max ? .infinity : Double(limit.rlim_cur)
        }
        return reading
    }

    /// The first two numbers of `statm` are the total and the resident size in pages.
    static func memory(_ statm: String, pageSize: Double) -> (virtual: Double, resident: Double)? {
        let fields = statm.split(separator: " ")
        guard fields.count >= 2, let total = Double(fields[0]), let resident = Double(fields[1]) else { return nil }
        return (total * pageSize, resident * pageSize)
    }

    /// CPU time, and the start as seconds since the machine's start. Fields are counted from the last parenthesis,
    /// because the program's name before it may hold anything.
    static func times(_ stat: String, ticksPerSecond: Double) -> (cpu: Double, start: Double)? {
        guard ticksPerSecond > 0, let name = stat.lastIndex(of: ")") else { return nil }
        // proc(5) counts from 1 and the name is field 2, so the first field here is number 3.
        let fields = stat[stat.index(after: name)...].split(separator: " ")
        guard fields.count > 19, let user = Double(fields[11]), let system = Double(fields[12]),
            let start = Double(fields[19])
        else { return nil }
        return ((user + system) / ticksPerSecond, start / ticksPerSecond)
    }

    /// When the machine started, in seconds since 1970.
    static func bootTime(_ stat: String) -> Double? {
        for line in stat.split(separator: "\n") where line.hasPrefix("btime ") {
            return Double(line.dropFirst("btime ".count))
        }
        return nil
    }

    private static func descriptorCount() -> Double? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Not `.`, `..` and the descriptor that does the counting.
        return Double(max(0, count - 3))
    }

    /// The text of a small file, empty when it cannot be read.
    private static func file(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        return String(unsafeUninitializedCapacity: maximumFileSize) { buffer in
            var count = 0
            while count < buffer.count {
                let result = Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
                if result < 0, errno == EINTR { continue }
                if result <= 0 { break }
                count += result
            }
            return count
        }
    }
}
