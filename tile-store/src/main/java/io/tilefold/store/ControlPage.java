package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The control page, mapped; see {@link ControlDescriptor}. One writer, readers in any process.
 *
 * <p>What is published is written into the slot that readers do not look at, and one release store of the publication number turns to it: a
 * writer killed between any two instructions leaves the former publication whole. The writer stores the position last (release) and a reader
 * loads it first (acquire), so what it then reads is at least as new.
 */
final class ControlPage {
    /** A publication takes a synced file, a try some nanoseconds: to use up two is unheard of. */
    private static final int PUBLICATION_TRIES = 1_000;

    private final Path file;
    private final UnsafeBuffer page;

    /**
     * What is published: immutable.
     *
     * @param position in the log at which it was published; the page's own position is that or, for a moment, the one before
     */
    record Publication(long number, long generation, long manifestNumber, long position) {}

    private ControlPage(Path file, UnsafeBuffer page) {
        this.file = file;
        this.page = page;
    }

    /**
     * Opens the page for writing; makes a new one if there is none, or only one of another run of the operating system.
     *
     * @throws StoreException naming file and offset, if there is a page of this run and it is damaged or of another format
     */
    static ControlPage openForWriting(StoreFiles files, Path file) {
        checkByteOrder();
        try {
            UnsafeBuffer found = mapIfThere(files, file);
            if (found != null) {
                boolean good = false;
                try {
                    good = isOfThisRun(file, found, hostRun(files));
                } finally {
                    if (!good) {
                        Mappings.unmap(found);
                    }
                }
                if (good) {
                    return new ControlPage(file, found);
                }
                files.remove(file);
            }
            UnsafeBuffer page = files.createMapped(file, ControlDescriptor.LENGTH, Mappings.Kind.CONTROL);
            writeHeader(page, hostRun(files));
            return new ControlPage(file, page);
        } catch (IOException e) {
            throw DurableFile.failed("open control page", file, e);
        }
    }

    private static @Nullable UnsafeBuffer mapIfThere(StoreFiles files, Path file) throws IOException {
        try {
            return files.mapForWriting(file, Mappings.Kind.CONTROL);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private static void writeHeader(UnsafeBuffer page, byte[] hostRun) {
        page.putInt(ControlDescriptor.FORMAT_OFFSET, ControlDescriptor.FORMAT_VERSION, LITTLE_ENDIAN);
        page.putInt(ControlDescriptor.BOOT_ID_LENGTH_OFFSET, hostRun.length, LITTLE_ENDIAN);
        page.putBytes(ControlDescriptor.BOOT_ID_OFFSET, hostRun);
        page.putInt(ControlDescriptor.HEADER_CRC_OFFSET, headerCrc(page), LITTLE_ENDIAN);
        page.putLong(ControlDescriptor.POSITION_OFFSET, Long.MIN_VALUE);
        page.putLongRelease(ControlDescriptor.MAGIC_OFFSET, ControlDescriptor.MAGIC);
    }

    /**
     * Opens the page for reading; null if there is none that holds good.
     *
     * @throws StoreException naming file and offset, if it is damaged or of another format
     */
    static @Nullable ControlPage openForReading(StoreFiles files, Path file) {
        checkByteOrder();
        UnsafeBuffer page = DurableFile.map(files, file, Mappings.Kind.CONTROL);
        if (page == null) {
            return null;
        }
        boolean good = false;
        try {
            good = isOfThisRun(file, page, hostRun(files));
            return good ? new ControlPage(file, page) : null;
        } catch (IOException e) {
            throw DurableFile.failed("open control page", file, e);
        } finally {
            if (!good) {
                Mappings.unmap(page);
            }
        }
    }

    /** False if the page was never finished or is of another run of the operating system. */
    private static boolean isOfThisRun(Path file, UnsafeBuffer page, byte[] hostRun) {
        if (page.capacity() < ControlDescriptor.LENGTH) {
            return false;
        }
        long magic = page.getLongAcquire(ControlDescriptor.MAGIC_OFFSET);
        if (magic == 0) {
            return false;
        }
        if (magic != ControlDescriptor.MAGIC) {
            throw corrupt(file, ControlDescriptor.MAGIC_OFFSET, "magic " + Magic.text(magic));
        }
        if (page.getInt(ControlDescriptor.HEADER_CRC_OFFSET, LITTLE_ENDIAN) != headerCrc(page)) {
            throw corrupt(file, ControlDescriptor.HEADER_CRC_OFFSET, "its header has another checksum");
        }
        byte[] written = new byte[page.getInt(ControlDescriptor.BOOT_ID_LENGTH_OFFSET, LITTLE_ENDIAN)];
        page.getBytes(ControlDescriptor.BOOT_ID_OFFSET, written);
        if (!Arrays.equals(hostRun, written)) {
            return false;
        }
        DurableFormat.checkVersion(
                file,
                ControlDescriptor.FORMAT_OFFSET,
                "control page",
                page.getInt(ControlDescriptor.FORMAT_OFFSET, LITTLE_ENDIAN),
                ControlDescriptor.FORMAT_VERSION,
                ControlDescriptor.FORMAT_VERSION);
        return true;
    }

    private static byte[] hostRun(StoreFiles files) throws IOException {
        byte[] run = files.hostRun().getBytes(StandardCharsets.US_ASCII);
        return run.length > ControlDescriptor.BOOT_ID_LENGTH_MAX
                ? Arrays.copyOf(run, ControlDescriptor.BOOT_ID_LENGTH_MAX)
                : run;
    }

    private static int headerCrc(UnsafeBuffer page) {
        return crc(page, ControlDescriptor.FORMAT_OFFSET, ControlDescriptor.HEADER_CRC_OFFSET);
    }

    private static int slotCrc(UnsafeBuffer page, long number) {
        return crc(page, ControlDescriptor.generationOffset(number), ControlDescriptor.slotCrcOffset(number));
    }

    private static int crc(UnsafeBuffer page, int from, int to) {
        byte[] bytes = new byte[to - from];
        page.getBytes(from, bytes);
        return DurableFormat.crc(ByteBuffer.wrap(bytes), 0, bytes.length);
    }

    private static StoreException corrupt(Path file, int offset, String what) {
        return DurableFormat.corrupt(
                file,
                offset,
                "control page",
                what + "; stop its writer and its readers and remove it: live tiles are then rebuilt from the log");
    }

    private static void checkByteOrder() {
        if (ByteOrder.nativeOrder() != LITTLE_ENDIAN) {
            throw new StoreException(
                    StoreException.Code.MISMATCH,
                    "a tile store needs a little-endian host; this one is " + ByteOrder.nativeOrder());
        }
    }

    /** Number of the publication that holds now; 0: none. */
    long publicationNumber() {
        return page.getLongAcquire(ControlDescriptor.PUBLICATION_OFFSET);
    }

    /**
     * What is published now; null: nothing.
     *
     * @throws StoreException naming file and offset, if the page is damaged; {@code UNAVAILABLE} if the writer published anew during each of
     *     many tries
     */
    @Nullable Publication publication() {
        for (int tries = 0; tries < PUBLICATION_TRIES; tries++) {
            long number = publicationNumber();
            if (number == 0) {
                return null;
            }
            long generation = page.getLong(ControlDescriptor.generationOffset(number), LITTLE_ENDIAN);
            long manifestNumber = page.getLong(ControlDescriptor.manifestNumberOffset(number), LITTLE_ENDIAN);
            long position = page.getLong(ControlDescriptor.slotPositionOffset(number), LITTLE_ENDIAN);
            boolean sound = page.getLong(ControlDescriptor.slotNumberOffset(number), LITTLE_ENDIAN) == number
                    && page.getInt(ControlDescriptor.slotCrcOffset(number), LITTLE_ENDIAN) == slotCrc(page, number);
            VarHandle.loadLoadFence();
            if (publicationNumber() == number) {
                if (!sound) {
                    throw corrupt(
                            file,
                            ControlDescriptor.generationOffset(number),
                            "the slot of publication " + number + " has another number or checksum");
                }
                return new Publication(number, generation, manifestNumber, position);
            }
        }
        throw new StoreException(
                StoreException.Code.UNAVAILABLE,
                "the control page changed during each of " + PUBLICATION_TRIES + " tries to read it");
    }

    void publish(long generation, long manifestNumber, long position) {
        long number = publicationNumber() + 1;
        VarHandle.storeStoreFence(); // the slot's former owner is superseded for all before the slot changes
        page.putLong(ControlDescriptor.generationOffset(number), generation, LITTLE_ENDIAN);
        page.putLong(ControlDescriptor.manifestNumberOffset(number), manifestNumber, LITTLE_ENDIAN);
        page.putLong(ControlDescriptor.slotNumberOffset(number), number, LITTLE_ENDIAN);
        page.putLong(ControlDescriptor.slotPositionOffset(number), position, LITTLE_ENDIAN);
        page.putInt(ControlDescriptor.slotCrcOffset(number), slotCrc(page, number), LITTLE_ENDIAN);
        page.putLongRelease(ControlDescriptor.PUBLICATION_OFFSET, number);
    }

    long position() {
        return page.getLongAcquire(ControlDescriptor.POSITION_OFFSET);
    }

    long caughtUpAtMs() {
        return page.getLongAcquire(ControlDescriptor.CAUGHT_UP_AT_OFFSET);
    }

    long heartbeatMs() {
        return page.getLongAcquire(ControlDescriptor.HEARTBEAT_OFFSET);
    }

    void position(long position, long caughtUpAtMs) {
        page.putLongRelease(ControlDescriptor.CAUGHT_UP_AT_OFFSET, caughtUpAtMs);
        page.putLongRelease(ControlDescriptor.POSITION_OFFSET, position);
    }

    /** Read after the tiles whose newest entry it is to bound. */
    long applying() {
        VarHandle.loadLoadFence();
        return page.getLongAcquire(ControlDescriptor.APPLYING_OFFSET);
    }

    /** Written before the tiles of that entry. */
    void applying(long position) {
        page.putLongOpaque(ControlDescriptor.APPLYING_OFFSET, position);
        VarHandle.storeStoreFence();
    }

    void heartbeat(long nowMs) {
        page.putLongRelease(ControlDescriptor.HEARTBEAT_OFFSET, nowMs);
    }

    void unmap() {
        Mappings.unmap(page);
    }
}
