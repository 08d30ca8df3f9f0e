internal import Glibc

/// How many processors there are.
package enum Processors {
    package static let count: Int = {
        max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }()
}
