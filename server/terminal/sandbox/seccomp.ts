/**
 * The system call filter of a sandbox, as the classic BPF program that seccomp(2) takes and `bwrap --seccomp` reads.
 *
 * Refused is what a shell, an editor and kubectl never need, and what kernel weaknesses are mostly reached through:
 * - namespaces and mounts (a sandbox can't make sandboxes), keyrings, BPF, io_uring, userfaultfd, performance events
 * - looking into other processes, loading modules, swap, clocks, reboot
 * - sockets but local and IP ones: AF_VSOCK, for one, is not confined by a network namespace
 * - ioctl TIOCSTI and TIOCLINUX, which put input into a terminal
 * The numbers are the kernel's own: asm/unistd_64.h for x86-64, asm-generic/unistd.h for arm64.
 */
interface Architecture {
  /** AUDIT_ARCH_*, linux/audit.h. */
  audit: number;
  clone: number;
  ioctl: number;
  socket: number;
  /** Numbers from here on are of another interface (x32). */
  foreignFrom?: number;
  refused: readonly number[];
}

/** Same numbers on both: those that came after the tables were joined. */
const joined = [
  425, // io_uring_setup
  426, // io_uring_enter
  427, // io_uring_register
  428, // open_tree
  429, // move_mount
  430, // fsopen
  431, // fsconfig
  432, // fsmount
  433, // fspick
  438, // pidfd_getfd
  440, // process_madvise
  442, // mount_setattr
  443, // quotactl_fd
];

const clone3 = 435;

// In the order: add_key bpf clock_settime delete_module finit_module init_module kexec_load kexec_file_load keyctl
// lookup_dcookie mount move_pages mbind migrate_pages set_mempolicy name_to_handle_at open_by_handle_at
// perf_event_open personality pivot_root process_vm_readv process_vm_writev ptrace quotactl reboot request_key setns
// settimeofday swapoff swapon syslog umount2 unshare userfaultfd acct adjtimex clock_adjtime vmsplice chroot
const architectures: Partial<Record<NodeJS.Architecture, Architecture>> = {
  x64: {
    audit: 0xc000003e,
    clone: 56,
    ioctl: 16,
    socket: 41,
    foreignFrom: 0x40000000,
    refused: [
      248, 321, 227, 176, 313, 175, 246, 320, 250, 212, 165, 279, 237, 256, 238, 303, 304, 298, 135, 155, 310, 311, 101,
      179, 169, 249, 308, 164, 168, 167, 103, 166, 272, 323, 163, 159, 305, 278, 161,
    ],
  },
  arm64: {
    audit: 0xc00000b7,
    clone: 220,
    ioctl: 29,
    socket: 198,
    refused: [
      217, 280, 112, 106, 273, 105, 104, 294, 219, 18, 40, 239, 235, 238, 237, 264, 265, 241, 92, 41, 270, 271, 117, 60,
      142, 218, 268, 170, 225, 224, 116, 39, 97, 282, 89, 171, 266, 75, 51,
    ],
  },
};

// linux/bpf_common.h and linux/seccomp.h
const load = 0x20; // BPF_LD | BPF_W | BPF_ABS
const jumpIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const jumpIfAtLeast = 0x35; // BPF_JMP | BPF_JGE | BPF_K
const jumpIfAnyBit = 0x45; // BPF_JMP | BPF_JSET | BPF_K
const answer = 0x06; // BPF_RET | BPF_K
const allow = 0x7fff0000; // SECCOMP_RET_ALLOW
const kill = 0x80000000; // SECCOMP_RET_KILL_PROCESS
const errno = (number: number) => 0x00050000 | number; // SECCOMP_RET_ERRNO
const notPermitted = errno(1); // EPERM
const notThere = errno(38); // ENOSYS
const familyNotSupported = errno(97); // EAFNOSUPPORT

// struct seccomp_data: nr, arch, instruction pointer, six arguments of 64 bits, low half first.
const numberAt = 0;
const architectureAt = 4;
const argumentAt = (index: number) => 16 + 8 * index;

/** CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}, linux/sched.h. */
const anyNewNamespace = 0x7e020000;
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
/** AF_UNIX, AF_INET, AF_INET6, AF_NETLINK. */
const families = [1, 2, 10, 16];

type Instruction = [code: number, ifTrue: number, ifFalse: number, value: number];

/** The filter's bytes for an architecture; undefined where there is none. */
export function seccompFilter(architecture: NodeJS.Architecture): Buffer | undefined {
  const machine = architectures[architecture];
  if (!machine) return undefined;
  const refuse = (number: number, result: number): Instruction[] => [
    [jumpIfEqual, 0, 1, number],
    [answer, 0, 0, result],
  ];
  /** Leaves the filter to go on with the next rule when the call is another one. */
  const inspect = (number: number, argument: number, rules: Instruction[]): Instruction[] => [
    [load, 0, 0, numberAt],
    [jumpIfEqual, 0, rules.length + 1, number],
    [load, 0, 0, argumentAt(argument)],
    ...rules,
  ];
  const program: Instruction[] = [
    [load, 0, 0, architectureAt],
    [jumpIfEqual, 1, 0, machine.audit],
    [answer, 0, 0, kill],
    [load, 0, 0, numberAt],
    ...(machine.foreignFrom === undefined
      ? []
      : ([
          [jumpIfAtLeast, 0, 1, machine.foreignFrom],
          [answer, 0, 0, notThere],
        ] satisfies Instruction[])),
    ...[...machine.refused, ...joined].flatMap((number) => refuse(number, notPermitted)),
    // Its flags are in memory, where a filter can't look; libraries fall back to clone.
    ...refuse(clone3, notThere),
    ...inspect(machine.clone, 0, [
      [jumpIfAnyBit, 0, 1, anyNewNamespace],
      [answer, 0, 0, notPermitted],
    ]),
    ...inspect(machine.ioctl, 1, [...refuse(TIOCSTI, notPermitted), ...refuse(TIOCLINUX, notPermitted)]),
    ...inspect(machine.socket, 0, [
      ...families
        .map((family): Instruction => [jumpIfEqual, 0, 1, family])
        .flatMap((test) => [test, [answer, 0, 0, allow] satisfies Instruction]),
      [answer, 0, 0, familyNotSupported],
    ]),
    [answer, 0, 0, allow],
  ];
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach(([code, ifTrue, ifFalse, value], index) => {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(ifTrue, index * 8 + 2);
    bytes.writeUInt8(ifFalse, index * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4);
  });
  return bytes;
}
