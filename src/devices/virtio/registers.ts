/** Registers of the virtio-mmio transport (VIRTIO 1.2, 4.2.2; legacy: 4.2.4), status and feature bits (2.1, 6). */

/** Of both versions. */
export const MAGIC_VALUE = 0x000;
export const VERSION = 0x004;
export const DEVICE_ID = 0x008;
export const VENDOR_ID = 0x00c;
export const DEVICE_FEATURES = 0x010;
export const DEVICE_FEATURES_SEL = 0x014;
export const DRIVER_FEATURES = 0x020;
export const DRIVER_FEATURES_SEL = 0x024;
export const QUEUE_SEL = 0x030;
export const QUEUE_NUM_MAX = 0x034;
export const QUEUE_NUM = 0x038;
export const QUEUE_NOTIFY = 0x050;
export const INTERRUPT_STATUS = 0x060;
export const INTERRUPT_ACK = 0x064;
export const STATUS = 0x070;
export const CONFIG = 0x100;

/** Of version 2. */
export const QUEUE_READY = 0x044;
export const QUEUE_DESC_LOW = 0x080;
export const QUEUE_DESC_HIGH = 0x084;
export const QUEUE_DRIVER_LOW = 0x090;
export const QUEUE_DRIVER_HIGH = 0x094;
export const QUEUE_DEVICE_LOW = 0x0a0;
export const QUEUE_DEVICE_HIGH = 0x0a4;
export const SHM_SEL = 0x0ac;
export const SHM_LEN_LOW = 0x0b0;
export const SHM_BASE_HIGH = 0x0bc;
export const CONFIG_GENERATION = 0x0fc;

/** Of version 1. */
export const GUEST_PAGE_SIZE = 0x028;
export const QUEUE_ALIGN = 0x03c;
export const QUEUE_PFN = 0x040;

/** "virt". */
export const MAGIC = 0x7472_6976;
/** QEMU's, whose board this is. */
export const VENDOR = 0x554d_4551;

/** InterruptStatus. */
export const INT_USED_BUFFER = 1 << 0;
export const INT_CONFIG_CHANGE = 1 << 1;

/** Device status. */
export const STATUS_DRIVER_OK = 1 << 2;
export const STATUS_FEATURES_OK = 1 << 3;
export const STATUS_NEEDS_RESET = 1 << 6;

/** Numbers of the feature bits that do not depend on the kind of device. */
export const F_ANY_LAYOUT = 27;
export const F_INDIRECT_DESC = 28;
export const F_EVENT_IDX = 29;
export const F_VERSION_1 = 32;
