/** Tests of the definition readers. */
@NullMarked
package io.tilefold.compiler.reader;

import org.jspecify.annotations.NullMarked;
