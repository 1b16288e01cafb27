package io.tilefold.store;

import java.io.IOException;
import java.nio.file.Path;
import org.agrona.CloseHelper;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The file of a shard's next region, filled with zeros a little at a time while the one before it is being used up, so that no event waits for
 * a whole file: at most one of the {@link LargePages} is written at once. A cache of work alone: if it cannot be had, the region is made when it
 * is needed, and what is wrong is told then. Writer's thread only.
 */
final class RegionAhead {
    /** Regions shorter than this are made at once. */
    static final int REGION_LENGTH_MIN = LargePages.LENGTH;

    private final StoreFiles files;
    private @Nullable Path region;
    private StoreFiles.@Nullable Output output;
    private int length;
    private int filled;
    private int owed;

    RegionAhead(StoreFiles files) {
        this.files = files;
    }

    boolean isBegun() {
        return region != null;
    }

    /** Begins with a region of this length. */
    void begin(Path file, int regionLength) {
        region = file;
        length = regionLength;
        filled = 0;
        owed = 0;
        try {
            output = files.create(DurableFile.aside(file));
        } catch (IOException e) {
            giveUp();
        }
    }

    /** Fills as many bytes more, once they are worth a write. */
    void advance(int bytes) {
        owed = Math.min(owed + bytes, length - filled);
        if (owed >= LargePages.LENGTH) {
            fill(LargePages.LENGTH);
        }
    }

    private void fill(int bytes) {
        StoreFiles.Output open = output;
        if (open == null) {
            return;
        }
        try {
            DurableFile.writeFully(open, LargePages.zeros(bytes));
            filled += bytes;
            owed -= bytes;
        } catch (IOException e) {
            giveUp();
        }
    }

    /** Fills what is left and maps the region, if it is this one. Null: it is another, or could not be made. */
    @Nullable UnsafeBuffer take(Path file, int regionLength) {
        Path begun = region;
        if (begun == null || !begun.equals(file) || length != regionLength) {
            close();
            return null;
        }
        while (filled < length && output != null) {
            owed = length - filled;
            fill(Math.min(LargePages.LENGTH, owed));
        }
        StoreFiles.Output whole = output;
        if (whole == null) {
            close();
            return null;
        }
        try {
            whole.close();
            output = null;
            files.rename(DurableFile.aside(file), file);
            region = null;
            return files.mapForWriting(file, Mappings.Kind.LIVE_REGION);
        } catch (IOException e) {
            close();
            CloseHelper.quietClose(() -> files.remove(file));
            return null;
        }
    }

    /** Stops trying for this region. */
    private void giveUp() {
        CloseHelper.quietClose(output);
        output = null;
        Path begun = region;
        if (begun != null) {
            CloseHelper.quietClose(() -> files.remove(DurableFile.aside(begun)));
        }
    }

    /** Lets go of a region that was begun. */
    void close() {
        giveUp();
        region = null;
    }
}
