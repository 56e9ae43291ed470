/** The encoding of a database that the optimizer uses: names and reasons have any characters. */
export const requiredEncoding = 'UTF8'
/** What to do about a database with another one, which cannot be changed. */
export const encodingRemedy = "use a database that was created with encoding 'UTF8' template template0"
