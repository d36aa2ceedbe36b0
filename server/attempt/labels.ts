/** On every namespace and cluster-scoped object of an attempt: its id. What contains learners is bound to it. */
export const attemptLabel = 'haechi.dev/attempt';

/** On what contains a learner (quota, limits, their own binding): nobody but the platform changes it. */
export const guardLabel = 'haechi.dev/guard';

/** The platform's own namespace: the grader's account. */
export const systemNamespace = 'haechi-system';

/** Where the learners' ServiceAccounts are: out of reach of their own rights. */
export const learnersNamespace = 'haechi-learners';

/** The grader's account in `systemNamespace`, and how the API server knows it. */
export const graderAccount = 'haechi-grader';
export const graderUsername = `system:serviceaccount:${systemNamespace}:${graderAccount}`;
