package io.tilefold.ingest.cluster;

import static io.aeron.logbuffer.FrameDescriptor.FRAME_ALIGNMENT;
import static io.aeron.protocol.DataHeaderFlyweight.HEADER_LENGTH;
import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.aeron.logbuffer.FrameDescriptor;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.agrona.BitUtil;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads recordings of an archive that does not run, record by record, and compares each with its checksum. Confined to one thread.
 */
final class RecordingCheck {
    private static final int PAGE_LENGTH = 4096;
    private static final String SUFFIX = ".rec";

    /** The stop position of a recording that was not ended. */
    private static final long OPEN = Long.MAX_VALUE;

    private final Path archiveDir;
    private final CRC32C crc = new CRC32C();

    RecordingCheck(Path archiveDir) {
        this.archiveDir = archiveDir;
    }

    /**
     * Where a recording is damaged.
     *
     * @param offset in the file, of the record
     * @param position in the recording
     */
    record Damage(Path file, int offset, long position) {
        @Override
        public String toString() {
            return file + " is damaged in the record at offset " + offset + " (position " + position + ")";
        }
    }

    /**
     * Reads to where the recording was ended, or to the last record if it was not: what a disk that filled up has taken of a record behind an end is nobody's.
     *
     * @param fromPosition at which a record begins
     * @return the first damage, if there is one; that there is no file for the position is one too, and that there is no record before the end
     */
    Optional<Damage> find(long recordingId, long fromPosition) throws IOException {
        long stopPosition = stopPosition(recordingId);
        NavigableSet<Long> bases = bases(recordingId);
        Long first = bases.floor(fromPosition);
        if (first == null) {
            return Optional.of(new Damage(file(recordingId, fromPosition), 0, fromPosition));
        }
        long base = first;
        int offset = (int) (fromPosition - base);
        while (true) {
            Path file = file(recordingId, base);
            long nextBase = base + Files.size(file);
            boolean last = stopPosition == OPEN ? bases.last() == base : stopPosition <= nextBase;
            Optional<Damage> damage = find(file, base, offset, last, stopPosition);
            if (damage.isPresent() || last) {
                return damage;
            }
            if (!bases.contains(nextBase)) {
                return Optional.of(new Damage(file(recordingId, nextBase), 0, nextBase));
            }
            base = nextBase;
            offset = 0;
        }
    }

    private long stopPosition(long recordingId) throws IOException {
        return ArchiveCatalog.read(archiveDir).stream()
                .filter(recording -> recording.recordingId() == recordingId)
                .findFirst()
                .map(ArchiveCatalog.Entry::stopPosition)
                .orElse(OptionalLong.empty())
                .orElse(OPEN);
    }

    /** Positions at which a recording's files begin. */
    private NavigableSet<Long> bases(long recordingId) throws IOException {
        NavigableSet<Long> bases = new TreeSet<>();
        String prefix = recordingId + "-";
        try (DirectoryStream<Path> found = Files.newDirectoryStream(archiveDir, prefix + "*" + SUFFIX)) {
            for (Path file : found) {
                String name = file.getFileName().toString();
                bases.add(Long.parseLong(name.substring(prefix.length(), name.length() - SUFFIX.length())));
            }
        }
        return bases;
    }

    private Path file(long recordingId, long base) {
        return archiveDir.resolve(recordingId + "-" + base + SUFFIX);
    }

    /**
     * The last record of a recording.
     *
     * @param offset in the file
     * @param checksum of its bytes behind the header, as they are
     * @param written what its header says of them
     */
    record Last(Path file, int offset, int length, boolean isPadding, int checksum, int written) {
        /** It is on more than one page: a system that stops may have written some of them. */
        boolean isOverPages() {
            return offset / PAGE_LENGTH != (offset + length - 1) / PAGE_LENGTH;
        }
    }

    /**
     * Walks over the newest file of a recording.
     *
     * @param startPosition of the recording
     * @return empty if there is no record, or none can be told from what stands in the file
     */
    Optional<Last> findLast(long recordingId, long startPosition) throws IOException {
        NavigableSet<Long> bases = bases(recordingId);
        if (bases.isEmpty()) {
            return Optional.empty();
        }
        long base = bases.last();
        Path file = file(recordingId, base);
        return read(file, (records, mapped) -> last(file, records, mapped, (int) Math.max(0, startPosition - base)));
    }

    private Optional<Damage> find(Path file, long base, int from, boolean last, long stopPosition) throws IOException {
        int offset = read(file, (records, mapped) -> {
            int stop = (int) Math.min(stopPosition - base, records.capacity());
            return firstUnsound(records, mapped, from, stop, last && stopPosition == OPEN);
        });
        return offset < 0 ? Optional.empty() : Optional.of(new Damage(file, offset, base + offset));
    }

    /** What is made of a file's records while they are mapped. */
    private interface Reading<T> {
        T of(UnsafeBuffer records, MappedByteBuffer mapped);
    }

    private static <T> T read(Path file, Reading<T> reading) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            try {
                return reading.of(new UnsafeBuffer(mapped), mapped);
            } finally {
                IoUtil.unmap(mapped);
            }
        }
    }

    /**
     * Offset of the first record that is not as it was written; -1 if all are.
     *
     * @param stop offset behind the last one, at most
     * @param mayEnd there may be fewer
     */
    private int firstUnsound(UnsafeBuffer records, MappedByteBuffer mapped, int from, int stop, boolean mayEnd) {
        int offset = from;
        while (offset + HEADER_LENGTH <= stop) {
            int frameLength = records.getInt(offset, LITTLE_ENDIAN);
            if (frameLength == 0 && mayEnd) {
                return -1;
            }
            long end = end(offset, frameLength);
            if (frameLength < HEADER_LENGTH || end > stop || !isSound(records, mapped, offset, (int) end)) {
                return offset;
            }
            offset = (int) end;
        }
        return -1;
    }

    private static long end(int offset, int frameLength) {
        return offset + BitUtil.align((long) frameLength, FRAME_ALIGNMENT);
    }

    private Optional<Last> last(Path file, UnsafeBuffer records, MappedByteBuffer mapped, int from) {
        int last = -1;
        int offset = from;
        while (offset + HEADER_LENGTH <= records.capacity()) {
            int frameLength = records.getInt(offset, LITTLE_ENDIAN);
            if (frameLength == 0) {
                break;
            }
            long end = end(offset, frameLength);
            if (frameLength < HEADER_LENGTH || end > records.capacity()) {
                return Optional.empty();
            }
            last = offset;
            offset = (int) end;
        }
        return last < 0
                ? Optional.empty()
                : Optional.of(new Last(
                        file,
                        last,
                        offset - last,
                        FrameDescriptor.isPaddingFrame(records, last),
                        checksum(mapped, last, offset),
                        FrameDescriptor.frameSessionId(records, last)));
    }

    /** The archive sums up what lies behind a record's header, and puts the sum into the header in place of the session; not of what fills a term up. */
    private boolean isSound(UnsafeBuffer records, MappedByteBuffer mapped, int offset, int end) {
        return FrameDescriptor.isPaddingFrame(records, offset)
                || checksum(mapped, offset, end) == FrameDescriptor.frameSessionId(records, offset);
    }

    private int checksum(MappedByteBuffer mapped, int offset, int end) {
        crc.reset();
        crc.update(mapped.slice(offset + HEADER_LENGTH, end - offset - HEADER_LENGTH));
        return (int) crc.getValue();
    }
}
