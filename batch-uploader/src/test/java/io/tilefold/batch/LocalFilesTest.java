package io.tilefold.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalFilesTest {
    @TempDir
    private Path directory;

    @Test
    void permissionsAreThoseAskedFor() throws IOException {
        Path file = Files.writeString(directory.resolve("a file"), "text");
        try (FileSystem files = new LocalFiles()) {
            files.initialize(URI.create("file:///"), new Configuration());
            for (String permissions : new String[] {"rw-r--r--", "r--------", "rwxrwxrwx", "---------", "rwxr-x--x"}) {
                files.setPermission(
                        new org.apache.hadoop.fs.Path(file.toUri()), FsPermission.valueOf("-" + permissions));
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .isEqualTo(permissions);
            }
            files.mkdirs(new org.apache.hadoop.fs.Path(directory.resolve("a/b").toUri()));
            assertThat(directory.resolve("a/b")).isDirectory();
        }
    }
}
