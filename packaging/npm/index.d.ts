/** The path of the program, for child_process. */
export declare const path: string;
