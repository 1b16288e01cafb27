package io.tilefold.store;

import org.agrona.BitUtil;

/**
 * Layout of the control page, one mapped file for a whole store, so that what is published changes for all shards at one instant.
 * Little-endian (the words are read and written atomically in the host's order, which must be that).
 *
 * <pre>
 *    0  long  magic "TFCONTRL", written last
 *    8  int   format version
 *   12  int   length of the boot id
 *   16  44 bytes  boot id: the run of the operating system in which the page was written
 *   60  int   CRC-32C of [8, 60); up to here the layout is the same in all versions
 *   64  long  publication P: 0 nothing published; slot P mod 2 holds what is
 *  128  slot 0:  0 long generation, 8 long manifest number, 16 long its P, 24 long position, 32 int CRC-32C of these 32 bytes
 *  192  slot 1
 *  256  long  position in the log up to which all is visible
 *  264  long  caught up at, epoch ms; 0 never
 *  272  long  position of the newest log entry of which something may be visible
 *  320  long  the writer's heartbeat, epoch ms
 * </pre>
 *
 * <p>The page means something in memory only: it says what mapped files hold that no one has synced. After the host's restart (another
 * boot id, or a page that was never finished) nothing counts as published, whatever a power loss has left of it: the next writer makes another
 * page. Within one run of the operating system nothing but a fault changes it behind the writer's back; header and slots then fail their
 * checksums and the page is refused, since replacing it would cut off the readers that have it mapped. The other words are single
 * longs that say how far, not what: none of them makes a reader take one thing for another.
 */
final class ControlDescriptor {
    /** 2: checksums of header and slots. 1 had none; it was never released. */
    static final int FORMAT_VERSION = 2;

    static final long MAGIC = Magic.of("TFCONTRL");

    static final int MAGIC_OFFSET = 0;
    static final int FORMAT_OFFSET = MAGIC_OFFSET + Long.BYTES;
    static final int BOOT_ID_LENGTH_OFFSET = FORMAT_OFFSET + Integer.BYTES;
    static final int BOOT_ID_OFFSET = BOOT_ID_LENGTH_OFFSET + Integer.BYTES;
    static final int BOOT_ID_LENGTH_MAX = 44;
    static final int HEADER_CRC_OFFSET = BOOT_ID_OFFSET + BOOT_ID_LENGTH_MAX;
    static final int PUBLICATION_OFFSET = HEADER_CRC_OFFSET + Integer.BYTES;
    private static final int SLOTS_OFFSET = PUBLICATION_OFFSET + BitUtil.CACHE_LINE_LENGTH;
    static final int POSITION_OFFSET = SLOTS_OFFSET + 2 * BitUtil.CACHE_LINE_LENGTH;
    static final int CAUGHT_UP_AT_OFFSET = POSITION_OFFSET + Long.BYTES;
    static final int APPLYING_OFFSET = CAUGHT_UP_AT_OFFSET + Long.BYTES;
    static final int HEARTBEAT_OFFSET = POSITION_OFFSET + BitUtil.CACHE_LINE_LENGTH;
    static final int LENGTH = 4096;

    private ControlDescriptor() {}

    static int generationOffset(long publication) {
        return SLOTS_OFFSET + (int) (publication & 1) * BitUtil.CACHE_LINE_LENGTH;
    }

    static int manifestNumberOffset(long publication) {
        return generationOffset(publication) + Long.BYTES;
    }

    static int slotNumberOffset(long publication) {
        return manifestNumberOffset(publication) + Long.BYTES;
    }

    static int slotPositionOffset(long publication) {
        return slotNumberOffset(publication) + Long.BYTES;
    }

    static int slotCrcOffset(long publication) {
        return slotPositionOffset(publication) + Long.BYTES;
    }
}
