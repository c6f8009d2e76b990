/**
 * Struct, union and enum tags and typedefs that the headers of glibc, Linux (uapi) and libbpf define, as clang lists them for the usual
 * headers of a BPF front end. A type of the object that bears one of these names may differ from the system's (the kernel's sigset_t has
 * 8 bytes, glibc's 128), so it gets the object's name as a prefix.
 */
export const systemTypes: ReadonlySet<string> = new Set(
  `
DIR EPOLL_EVENTS FILE _Float32 _Float32x _Float64 _Float64x __CONST_SOCKADDR_ARG __FILE __SOCKADDR_ARG __atomic_wide_counter __be16
__be32 __be64 __cancel_jmp_buf_tag __cpu_mask __fd_mask __gnuc_va_list __itimer_which __jmp_buf __jmp_buf_tag __kernel_fd_set
__kernel_itimerspec __kernel_old_itimerval __kernel_old_timespec __kernel_old_timeval __kernel_sock_timeval __kernel_sockaddr_storage
__kernel_timespec __le16 __le32 __le64 __locale_struct __once_flag __pid_type __priority_which __pthread_cleanup_frame
__pthread_cond_s __pthread_internal_list __pthread_internal_slist __pthread_mutex_s __rlimit_resource __rusage_who __s16 __s32 __s64
__s8 __sk_buff __socket_type __sum16 __u16 __u32 __u64 __u8 __u_char __u_int __u_long __u_short __user_cap_data_struct
__user_cap_header_struct __wsum _fpreg _fpstate _fpx_sw_bytes _fpxreg _libc_fpstate _libc_fpxreg _libc_xmmreg _pthread_cleanup_buffer
_xmmreg _xsave_hdr _xstate _ymmh_state addrinfo arpd_request arphdr arpreq arpreq_old blk_io_trace blk_io_trace_remap
blk_user_trace_setup blkcnt64_t blkcnt_t blksize_t blktrace_act blktrace_cat blktrace_notify bpf_adj_room_mode bpf_attach_type
bpf_attr bpf_btf_info bpf_btf_load_opts bpf_cgroup_dev_ctx bpf_cgroup_iter_order bpf_cgroup_storage_key bpf_check_mtu_flags
bpf_check_mtu_ret bpf_cmd bpf_core_relo bpf_core_relo_kind bpf_cpumap_val bpf_devmap_val bpf_dynptr bpf_fib_lookup bpf_flow_keys
bpf_func_id bpf_func_info bpf_get_fd_by_id_opts bpf_hdr_start_off bpf_insn bpf_iter_attach_opts bpf_iter_link_info
bpf_kprobe_multi_opts bpf_kprobe_opts bpf_ksyscall_opts bpf_line_info bpf_link_create_opts bpf_link_info bpf_link_type
bpf_link_update_opts bpf_linker_file_opts bpf_linker_opts bpf_lpm_trie_key bpf_lpm_trie_key_hdr bpf_lpm_trie_key_u8 bpf_lwt_encap_mode
bpf_map_batch_opts bpf_map_create_opts bpf_map_info bpf_map_skeleton bpf_map_type bpf_obj_get_opts bpf_object_open_opts
bpf_object_skeleton bpf_object_subskeleton bpf_perf_event_opts bpf_perf_event_ret bpf_perf_event_value bpf_pidns_info
bpf_prog_attach_opts bpf_prog_bind_opts bpf_prog_info bpf_prog_load_opts bpf_prog_query_opts bpf_prog_skeleton bpf_prog_test_run_attr
bpf_prog_type bpf_raw_tracepoint_args bpf_redir_neigh bpf_ret_code bpf_sk_lookup bpf_sock bpf_sock_addr bpf_sock_ops bpf_sock_tuple
bpf_sockopt bpf_spin_lock bpf_stack_build_id bpf_stack_build_id_status bpf_stats_type bpf_sysctl bpf_task_fd_type bpf_tc_attach_point
bpf_tc_flags bpf_tc_hook bpf_tc_opts bpf_tcp_sock bpf_test_run_opts bpf_timer bpf_trace_opts bpf_tracepoint_opts bpf_tunnel_key
bpf_uprobe_opts bpf_usdt_opts bpf_var_skeleton bpf_xdp_attach_opts bpf_xdp_query_opts bpf_xdp_set_link_opts bpf_xdp_sock
bpf_xfrm_state btf_array btf_decl_tag btf_dedup_opts btf_dump_emit_type_decl_opts btf_dump_opts btf_dump_printf_fn_t
btf_dump_type_data_opts btf_endianness btf_enum btf_enum64 btf_func_linkage btf_fwd_kind btf_header btf_member btf_param btf_ptr
btf_type btf_var btf_var_secinfo caddr_t cap_user_data_t cap_user_header_t cc_t cisco_proto clock_t clockid_t clone_args cmsghdr
comparison_fn_t cookie_close_function_t cookie_io_functions_t cookie_read_function_t cookie_seek_function_t cookie_write_function_t
cpu_set_t daddr_t dev_t dirent dirent64 div_t double_t drand48_data epoll_data epoll_data_t epoll_event ether_addr ether_arp
ether_header ethhdr f_owner_ex fanout_args fd_mask fd_set file_clone_range file_dedupe_range file_dedupe_range_info file_handle
files_stat_struct float_t flock flock64 fpos64_t fpos_t fpregset_t fr_proto fr_proto_pvc fr_proto_pvc_info fsblkcnt64_t fsblkcnt_t
fsconfig_command fscrypt_add_key_arg fscrypt_get_key_status_arg fscrypt_get_policy_ex_arg fscrypt_key fscrypt_key_specifier
fscrypt_policy_v1 fscrypt_policy_v2 fscrypt_provisioning_key_payload fscrypt_remove_key_arg fsfilcnt64_t fsfilcnt_t fsid_t
fstrim_range fsxattr gaicb gen_loader_opts gid_t greg_t gregset_t group_filter group_req group_source_req hostent icmp icmp6_filter
icmp6hdr icmp_ext_echo_ctype3_hdr icmp_ext_echo_iio icmp_ext_hdr icmp_extobj_hdr icmp_filter icmp_ra_addr icmphdr icmpv6_echo
icmpv6_nd_advt icmpv6_nd_ra id_t idtype_t if_nameindex if_settings if_stats_msg ifa_cacheinfo ifaddr ifaddrmsg ifconf ifinfomsg
ifla_bridge_id ifla_cacheinfo ifla_geneve_df ifla_gtp_role ifla_port_vsi ifla_rmnet_flags ifla_vf_broadcast ifla_vf_guid
ifla_vf_link_state ifla_vf_mac ifla_vf_rate ifla_vf_rss_query_en ifla_vf_spoofchk ifla_vf_trust ifla_vf_tx_rate ifla_vf_vlan
ifla_vf_vlan_info ifla_vlan_flags ifla_vlan_qos_mapping ifla_vxlan_df ifla_vxlan_port_range ifmap ifreq ih_idseq ih_pmtu ih_rtradv
imaxdiv_t in6_addr in6_addr_gen_mode in6_flowlabel_req in6_ifreq in6_pktinfo in_addr in_addr_t in_pktinfo in_port_t ino64_t ino_t
inodes_stat_t inotify_event int16_t int32_t int64_t int8_t int_fast16_t int_fast32_t int_fast64_t int_fast8_t int_least16_t
int_least32_t int_least64_t int_least8_t intmax_t intptr_t io_cqring_offsets io_sqring_offsets io_uring_buf io_uring_buf_reg
io_uring_buf_ring io_uring_cqe io_uring_file_index_range io_uring_files_update io_uring_getevents_arg io_uring_notification_register
io_uring_notification_slot io_uring_op io_uring_params io_uring_probe io_uring_probe_op io_uring_recvmsg_out io_uring_restriction
io_uring_rsrc_register io_uring_rsrc_update io_uring_rsrc_update2 io_uring_sqe io_uring_sync_cancel_reg iovec ip ip6_dest ip6_ext
ip6_frag ip6_hbh ip6_hdr ip6_hdrctl ip6_mtuinfo ip6_opt ip6_opt_jumbo ip6_opt_nsap ip6_opt_router ip6_opt_tunnel ip6_rthdr ip6_rthdr0
ip_auth_hdr ip_beet_phdr ip_comp_hdr ip_esp_hdr ip_mreq ip_mreq_source ip_mreqn ip_msfilter ip_opts ip_timestamp iphdr
ipv6_destopt_hao ipv6_mreq ipv6_opt_hdr ipv6_rt_hdr ipv6hdr ipvlan_mode itimerspec itimerval jmp_buf key_t ldiv_t libbpf_errno
libbpf_print_fn_t libbpf_print_level libbpf_prog_attach_fn_t libbpf_prog_handler_opts libbpf_prog_prepare_load_fn_t
libbpf_prog_setup_fn_t libbpf_strict_mode libbpf_tristate linger lldiv_t locale_t loff_t macsec_offload macsec_validation_type
macvlan_macaddr_mode macvlan_mode max_align_t mcontext_t mmsghdr mode_t mount_attr msghdr nda_cacheinfo ndmsg ndt_config ndt_stats
ndtmsg nduseroptmsg net_device_flags netent netlink_attribute_type netlink_policy_type_attr nfds_t nl_mmap_hdr nl_mmap_req
nl_mmap_status nl_pktinfo nla_bitfield32 nlattr nlink_t nlmsgerr nlmsgerr_attrs nlmsghdr off64_t off_t osockaddr packet_mreq
perf_bpf_event_type perf_branch_entry perf_branch_sample_type perf_branch_sample_type_shift perf_buffer_event_fn perf_buffer_lost_fn
perf_buffer_opts perf_buffer_raw_opts perf_buffer_sample_fn perf_callchain_context perf_event_attr perf_event_header
perf_event_ioc_flags perf_event_mmap_page perf_event_query_bpf perf_event_read_format perf_event_sample_format perf_event_type
perf_hw_cache_id perf_hw_cache_op_id perf_hw_cache_op_result_id perf_hw_id perf_mem_data_src perf_ns_link_info
perf_record_ksymbol_type perf_sample_regs_abi perf_sample_weight perf_sw_ids perf_type_id pid_t pollfd prefix_cacheinfo prefixmsg
protoent pthread_attr_t pthread_barrier_t pthread_barrierattr_t pthread_cond_t pthread_condattr_t pthread_key_t pthread_mutex_t
pthread_mutexattr_t pthread_once_t pthread_rwlock_t pthread_rwlockattr_t pthread_spinlock_t pthread_t ptrdiff_t quad_t random_data
raw_hdlc_proto register_t ring_buffer_opts ring_buffer_sample_fn rlim64_t rlim_t rlimit rlimit64 rpcent rt0_hdr rt2_hdr rt_class_t
rt_scope_t rta_cacheinfo rta_mfc_stats rta_session rtattr rtattr_type_t rtgenmsg rtmsg rtnetlink_groups rtnexthop rtnl_hw_stats64
rtnl_link_ifmap rtnl_link_stats rtnl_link_stats64 rtvia rusage sa_family_t sched_attr sched_param scm_timestamping scm_timestamping64
seccomp_data seccomp_notif seccomp_notif_addfd seccomp_notif_resp seccomp_notif_sizes sem_t servent sig_atomic_t sig_t sigaction
sigcontext sigevent sigevent_t sighandler_t siginfo_t sigjmp_buf sigset_t sigstack sigval sigval_t size_t sk_action sk_msg_md
sk_reuseport_md sock_ee_data_rfc4884 sock_extended_err sock_filter sock_fprog sockaddr sockaddr_in sockaddr_in6 sockaddr_ll
sockaddr_nl sockaddr_pkt sockaddr_storage sockaddr_un sockaddr_xdp socklen_t speed_t ssize_t stack_t stat stat64 statfs statfs64 statx
statx_timestamp suseconds_t sync_serial_settings sysinfo tc_basic_pcnt tc_cbq_fopt tc_cbq_lssopt tc_cbq_ovl tc_cbq_police
tc_cbq_wrropt tc_cbq_xstats tc_cbs_qopt tc_choke_qopt tc_choke_xstats tc_cnt tc_codel_xstats tc_drr_stats tc_estimator tc_etf_qopt
tc_fifo_qopt tc_fq_codel_cl_stats tc_fq_codel_qd_stats tc_fq_codel_xstats tc_fq_pie_xstats tc_fq_qd_stats tc_gred_qopt tc_gred_sopt
tc_hfsc_qopt tc_hfsc_stats tc_hhf_xstats tc_htb_glob tc_htb_opt tc_htb_xstats tc_link_layer tc_matchall_pcnt tc_mqprio_qopt
tc_multiq_qopt tc_netem_corr tc_netem_corrupt tc_netem_gemodel tc_netem_gimodel tc_netem_qopt tc_netem_rate tc_netem_reorder
tc_netem_slot tc_pie_xstats tc_plug_qopt tc_police tc_prio_qopt tc_qfq_stats tc_ratespec tc_red_qopt tc_red_xstats tc_rsvp_gpi
tc_rsvp_pinfo tc_service_curve tc_sfb_qopt tc_sfb_xstats tc_sfq_qopt tc_sfq_qopt_v1 tc_sfq_xstats tc_sfqred_stats tc_sizespec
tc_skbprio_qopt tc_stats tc_tbf_qopt tc_u32_key tc_u32_mark tc_u32_pcnt tc_u32_sel tca_id tcamsg tcf_ematch_hdr tcf_ematch_tree_hdr
tcf_t tcflag_t tcmsg tcp_ca_state tcp_cookie_transactions tcp_diag_md5sig tcp_fastopen_client_fail tcp_info tcp_md5sig tcp_repair_opt
tcp_repair_window tcp_seq tcp_word_hdr tcp_zerocopy_receive tcphdr te1_settings termios time_t timer_t timespec timestamp timeval
timex timezone tm tms tpacket2_hdr tpacket3_hdr tpacket_auxdata tpacket_bd_header_u tpacket_bd_ts tpacket_block_desc tpacket_hdr
tpacket_hdr_v1 tpacket_hdr_variant1 tpacket_req tpacket_req3 tpacket_req_u tpacket_rollover_stats tpacket_stats tpacket_stats_u
tpacket_stats_v3 tpacket_versions tunnel_msg u_char u_int u_int16_t u_int32_t u_int64_t u_int8_t u_long u_quad_t u_short ucontext_t
ucred udphdr uid_t uint uint16_t uint32_t uint64_t uint8_t uint_fast16_t uint_fast32_t uint_fast64_t uint_fast8_t uint_least16_t
uint_least32_t uint_least64_t uint_least8_t uintmax_t uintptr_t ulong useconds_t user user_fpregs_struct user_regs_struct
user_ring_buffer_opts ushort utsname va_list vfs_cap_data vfs_ns_cap_data wchar_t x25_hdlc_proto xdp_action xdp_desc xdp_md
xdp_mmap_offsets xdp_options xdp_ring_offset xdp_statistics xdp_umem_reg
`
    .trim()
    .split(/\s+/),
);

/** First words of the enumerators in the same headers: `IPPROTO_TCP`, `BPF_ANY`. Many are macros as well, so none can be defined again. */
export const systemEnumerators =
  /^(BLK|BPF|BTF|CAKE|CLD|DEVCONF|DT|FLOW|FP|FPE|FSCONFIG|GENEVE|IF|IFA|IFF|IFLA|ILL|IN6|IORING|IOSQE|IPPORT|IPPROTO|IPV4|ITIMER|LIBBPF|LINK|MACSEC|MACVLAN|MSG|NDA|NDTA|NDTPA|NETEM|NETLINK|NL|NLMSGERR|PERF|POLL|PRIO|PTHREAD|REG|RLIMIT|RT|RTA|RTAX|RTM|RTN|RTNLGRP|RUSAGE|SCM|SEGV|SHUT|SI|SIGEV|SOCK|TC|TCA|TCF|TCP|TPACKET|TRAP|TRI|VXLAN|XDP)_/;

/** Object-like macros of the same headers, and of the compilers in GNU mode, that could stand where a member's name is. */
export const systemMacros: readonly string[] = [
  "errno",
  "h_addr",
  "h_errno",
  "i386",
  "linux",
  "s6_addr",
  "s6_addr16",
  "s6_addr32",
  "sa_handler",
  "sa_sigaction",
  "si_addr",
  "si_arch",
  "si_band",
  "si_fd",
  "si_int",
  "si_overrun",
  "si_pid",
  "si_ptr",
  "si_status",
  "si_stime",
  "si_syscall",
  "si_timerid",
  "si_uid",
  "si_utime",
  "si_value",
  "st_atime",
  "st_ctime",
  "st_mtime",
  "stderr",
  "stdin",
  "stdout",
  "unix",
];
