package io.tilefold.store;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    /** A publication takes a synced file, a try some nanoseconds: to use up two is unheard of. */
    private static final int PUBLICATION_TRIES = 1_000;

    private final UnsafeBuffer page;

    /** What is published: immutable. */
    record Publication(long number, long generation, long manifestNumber) {}

    private ControlPage(UnsafeBuffer page) {
        this.page = page;
    }

    /** Opens the page for writing; makes a new one if there is none, or only one of another run of the operating system. */
    static ControlPage openForWriting(Path file) {
        checkByteOrder();
        if (Files.exists(file)) {
            UnsafeBuffer page = StoreFiles.mapForWriting(file);
            if (isOfThisBoot(page)) {
                return new ControlPage(page);
            }
            StoreFiles.unmap(page);
            StoreFiles.remove(file);
        }
        UnsafeBuffer page = StoreFiles.create(file, ControlDescriptor.LENGTH);
        byte[] bootId = bootId();
        page.putInt(ControlDescriptor.FORMAT_OFFSET, ControlDescriptor.FORMAT_VERSION, LITTLE_ENDIAN);
        page.putInt(ControlDescriptor.BOOT_ID_LENGTH_OFFSET, bootId.length, LITTLE_ENDIAN);
        page.putBytes(ControlDescriptor.BOOT_ID_OFFSET, bootId);
        page.putLong(ControlDescriptor.POSITION_OFFSET, Long.MIN_VALUE);
        page.putLongRelease(ControlDescriptor.MAGIC_OFFSET, ControlDescriptor.MAGIC);
        return new ControlPage(page);
    }

    /** Opens the page for reading; null if there is none that holds good. */
    static @Nullable ControlPage openForReading(Path file) {
        checkByteOrder();
        UnsafeBuffer page = StoreFiles.map(file);
        return page != null && isOfThisBoot(page) ? new ControlPage(page) : null;
    }

    private static boolean isOfThisBoot(UnsafeBuffer page) {
        if (page.capacity() != ControlDescriptor.LENGTH
                || page.getLongAcquire(ControlDescriptor.MAGIC_OFFSET) != ControlDescriptor.MAGIC
                || page.getInt(ControlDescriptor.FORMAT_OFFSET, LITTLE_ENDIAN) != ControlDescriptor.FORMAT_VERSION) {
            return false;
        }
        byte[] bootId = bootId();
        if (page.getInt(ControlDescriptor.BOOT_ID_LENGTH_OFFSET, LITTLE_ENDIAN) != bootId.length) {
            return false;
        }
        byte[] written = new byte[bootId.length];
        page.getBytes(ControlDescriptor.BOOT_ID_OFFSET, written);
        return java.util.Arrays.equals(bootId, written);
    }

    /** Empty where the operating system has none to tell: then a page is believed whenever it was written. */
    private static byte[] bootId() {
        try {
            byte[] id = Files.readString(BOOT_ID).strip().getBytes(StandardCharsets.US_ASCII);
            return id.length > ControlDescriptor.BOOT_ID_LENGTH_MAX
                    ? java.util.Arrays.copyOf(id, ControlDescriptor.BOOT_ID_LENGTH_MAX)
                    : id;
        } catch (IOException e) {
            return new byte[0];
        }
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
     * @throws StoreException if the writer published anew during every one of many tries
     */
    @Nullable Publication publication() {
        for (int tries = 0; tries < PUBLICATION_TRIES; tries++) {
            long number = publicationNumber();
            if (number == 0) {
                return null;
            }
            long generation = page.getLong(ControlDescriptor.generationOffset(number), LITTLE_ENDIAN);
            long manifestNumber = page.getLong(ControlDescriptor.manifestNumberOffset(number), LITTLE_ENDIAN);
            VarHandle.loadLoadFence();
            if (publicationNumber() == number) {
                return new Publication(number, generation, manifestNumber);
            }
        }
        throw new StoreException(
                StoreException.Code.UNAVAILABLE,
                "the control page changed during each of " + PUBLICATION_TRIES + " tries to read it");
    }

    void publish(long generation, long manifestNumber) {
        long number = publicationNumber() + 1;
        VarHandle.storeStoreFence(); // who still believes the publication before the last finds its slot changed only after the number is
        page.putLong(ControlDescriptor.generationOffset(number), generation, LITTLE_ENDIAN);
        page.putLong(ControlDescriptor.manifestNumberOffset(number), manifestNumber, LITTLE_ENDIAN);
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
        StoreFiles.unmap(page);
    }
}
