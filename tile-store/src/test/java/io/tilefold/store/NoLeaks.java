package io.tilefold.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Registered for every test of this module: none leaves a mapping or an open output behind. */
public final class NoLeaks implements BeforeEachCallback, AfterEachCallback {
    private static final ThreadLocal<List<TileStoreReader>> READERS = ThreadLocal.withInitial(ArrayList::new);
    private static final ThreadLocal<List<String>> BEFORE = ThreadLocal.withInitial(List::of);

    /** Opens a store for reading until the end of the test. */
    static TileStoreReader reader(Path directory) {
        TileStoreReader reader = TileStoreReader.open(directory);
        READERS.get().add(reader);
        return reader;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        BEFORE.set(Mappings.open());
    }

    @Override
    public void afterEach(ExtensionContext context) {
        READERS.get().forEach(TileStoreReader::close);
        READERS.remove();
        List<String> left = new ArrayList<>(Mappings.open());
        left.removeAll(BEFORE.get());
        BEFORE.remove();
        if (!left.isEmpty()) {
            throw new AssertionError(left.size() + " mappings or outputs are left:\n" + String.join("\n", left));
        }
    }
}
