package io.tilefold.batch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * Hadoop's local file system, with permissions set by the JVM. Hadoop's own starts a {@code chmod} for every file and directory where its native library is
 * missing: several milliseconds each, and a job of two cores writes hundreds.
 */
public final class LocalFiles extends LocalFileSystem {
    /** Called by Hadoop, by the name in {@code fs.file.impl}. */
    public LocalFiles() {
        super(new Raw());
    }

    private static final class Raw extends RawLocalFileSystem {
        @Override
        public void setPermission(org.apache.hadoop.fs.Path file, FsPermission permission) throws IOException {
            Path path = pathToFile(file).toPath();
            if (permission.getStickyBit()
                    || !path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                super.setPermission(file, permission);
                return;
            }
            var unused = Files.setPosixFilePermissions(path, permissions(permission.toShort()));
        }

        /** The nine lowest bits, the owner's first. */
        private static Set<PosixFilePermission> permissions(int bits) {
            Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
            PosixFilePermission[] all = PosixFilePermission.values();
            for (int i = 0; i < all.length; i++) {
                if ((bits >> (all.length - 1 - i) & 1) != 0) {
                    permissions.add(all[i]);
                }
            }
            return permissions;
        }
    }
}
